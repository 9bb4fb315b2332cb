import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import type { TrainingSnapshot } from '../../src/engine/evaluation/training';
import { check } from '../../src/trace/check';
import { EnvironmentSchema } from '../../src/trace/schema';
import { StandAloneEpochSchema, type StandAloneEpoch } from '../../src/trace/stand-alone';
import type { Environment } from '../../src/trace/types';
import { CheckpointError } from './checkpoint';
import { isMissing, writeWhole } from './files';
import { joinTensors, requireTensors, splitTensors } from './tensor-file';

/** What is trained: see `standAloneDigest`. */
export interface CellIdentity {
  readonly arch: string;
  readonly seed: number;
  readonly configDigest: string;
}

/** All that the training of a cell needs to go on after its last finished epoch. */
export interface CellCheckpoint {
  readonly environment: Environment;
  /** Wall clock so far. */
  readonly seconds: number;
  /** At least one, from 1. */
  readonly epochs: readonly StandAloneEpoch[];
  readonly snapshot: TrainingSnapshot;
}

/** Bundles lie in .cache/cli below the root. */
export const CELL_CHECKPOINTS = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  '..',
  'cells',
);

const FORMAT = 'alphascope-cell-checkpoint';
const VERSION = 1;
const TENSORS = ['weights', 'momentum', 'running'] as const;

const HeaderSchema = v.strictObject({
  format: v.literal(FORMAT),
  version: v.literal(VERSION),
  arch: v.string(),
  seed: v.number(),
  configDigest: v.string(),
  environment: EnvironmentSchema,
  seconds: v.pipe(v.number(), v.minValue(0)),
  epochs: v.pipe(v.array(StandAloneEpochSchema), v.minLength(1)),
});

function fileOf(folder: string, { arch, seed, configDigest }: CellIdentity): string {
  const name = createHash('sha256').update(`${configDigest} ${seed} ${arch}`).digest('hex');
  return path.join(folder, `${name.slice(0, 32)}.checkpoint`);
}

export async function writeCellCheckpoint(
  folder: string,
  { arch, seed, configDigest }: CellIdentity,
  { environment, seconds, epochs, snapshot }: CellCheckpoint,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { weights, momentum, running } = snapshot;
  const header = {
    ...{ format: FORMAT, version: VERSION, arch, seed, configDigest },
    ...{ environment, seconds, epochs },
  };
  const parts = joinTensors(header, { weights, momentum, running });
  await writeWhole(fileOf(folder, { arch, seed, configDigest }), parts);
}

/**
 * @returns null when there is none
 * @throws CheckpointError when it is damaged or of another training
 */
export async function readCellCheckpoint(
  folder: string,
  cell: CellIdentity,
): Promise<CellCheckpoint | null> {
  const name = fileOf(folder, cell);
  try {
    const file = splitTensors(await readFile(name), TENSORS);
    const header = check(HeaderSchema, file.header, []);
    const { arch, seed, configDigest, environment, seconds, epochs } = header;
    if (arch !== cell.arch || seed !== cell.seed || configDigest !== cell.configDigest) {
      throw new Error(`it is of ${arch}, seed ${seed}.`);
    }
    return { environment, seconds, epochs, snapshot: requireTensors(file, TENSORS) };
  } catch (error) {
    if (isMissing(error)) return null;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CheckpointError(
      `${name} cannot be used; without it, training begins anew: ${reason}`,
    );
  }
}

export async function removeCellCheckpoint(folder: string, cell: CellIdentity): Promise<void> {
  await rm(fileOf(folder, cell), { force: true });
}
