import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { check } from '../../src/trace/check';
import { EnvironmentSchema } from '../../src/trace/schema';
import { StandAloneEpochSchema } from '../../src/trace/stand-alone';
import type { CellState } from '../../src/trainer/cell-training';
import { CheckpointError } from './checkpoint';
import { isMissing, writeWhole } from './files';
import { joinTensors, requireTensors, splitTensors } from './tensor-file';

/** What is trained. */
type CellIdentity = Pick<CellState, 'arch' | 'seed' | 'configDigest'>;

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
  { snapshot, ...state }: CellState,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { weights, momentum, running } = snapshot;
  const header = { format: FORMAT, version: VERSION, ...state };
  const parts = joinTensors(header, { weights, momentum, running });
  await writeWhole(fileOf(folder, state), parts);
}

/**
 * @returns null when there is none
 * @throws CheckpointError when it is damaged or of another training
 */
export async function readCellCheckpoint(
  folder: string,
  cell: CellIdentity,
): Promise<CellState | null> {
  const name = fileOf(folder, cell);
  try {
    const file = splitTensors(await readFile(name), TENSORS);
    const header = check(HeaderSchema, file.header, []);
    const { arch, seed, configDigest, environment, seconds, epochs } = header;
    if (arch !== cell.arch || seed !== cell.seed || configDigest !== cell.configDigest) {
      throw new Error(`it is of ${arch}, seed ${seed}.`);
    }
    const snapshot = requireTensors(file, TENSORS);
    return { arch, seed, configDigest, environment, seconds, epochs, snapshot };
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
