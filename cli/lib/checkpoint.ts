import { readFile, rm } from 'node:fs/promises';
import * as v from 'valibot';
import type { SearchSnapshot } from '../../src/engine/snapshot';
import { SCIENCE_VERSION } from '../../src/trace/digest';
import type { EpochRecord, RunHead } from '../../src/trace/types';
import { check } from '../../src/trace/check';
import { validateHead, validateRecord } from '../../src/trace/validate';
import { isMissing, writeWhole } from './files';
import { joinTensors, requireTensors, splitTensors } from './tensor-file';

/** All that a run needs to go on after its last finished epoch as if it had never stopped. */
export interface Checkpoint {
  readonly head: RunHead;
  /** At least one; the snapshot is the state after the last. */
  readonly epochs: readonly EpochRecord[];
  readonly snapshot: SearchSnapshot;
}

/** A checkpoint that cannot be used; the message says why. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

const FORMAT = 'alphascope-checkpoint';
const VERSION = 1;
const TENSORS = ['weights', 'momentum', 'alpha', 'first', 'second'] as const;
/** Of a search that has gone on to its second stage. */
const KEPT = 'kept';

/** What the first line says beside its tensors. */
const HeaderSchema = v.strictObject({
  format: v.literal(FORMAT),
  version: v.literal(VERSION),
  science: v.literal(SCIENCE_VERSION),
  head: v.unknown(),
  epochs: v.pipe(v.array(v.unknown()), v.minLength(1)),
  alphaSteps: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
});

/** The checkpoint of a trace lies beside it. */
export function checkpointFile(trace: string): string {
  return trace.replace(/\.json$/, '.checkpoint');
}

export async function writeCheckpoint(file: string, checkpoint: Checkpoint): Promise<void> {
  const { head, epochs, snapshot } = checkpoint;
  const { alphaSteps, ...tensors } = snapshot;
  const header: v.InferInput<typeof HeaderSchema> = {
    format: FORMAT,
    version: VERSION,
    science: SCIENCE_VERSION,
    head,
    epochs: [...epochs],
    alphaSteps,
  };
  await writeWhole(file, joinTensors(header, tensors));
}

/**
 * @returns null when there is none
 * @throws CheckpointError when the file is damaged or of another version
 */
export async function readCheckpoint(file: string): Promise<Checkpoint | null> {
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  try {
    return parse(content);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CheckpointError(`${file} cannot be used: ${reason}`);
  }
}

export async function removeCheckpoint(file: string): Promise<void> {
  await rm(file, { force: true });
}

function parse(content: Buffer): Checkpoint {
  const file = splitTensors(content, [...TENSORS, KEPT]);
  const header = check(HeaderSchema, file.header, []);
  const head = validateHead(header.head, ['head']);
  const epochs = header.epochs.map((value, at) =>
    validateRecord(value, head, at + 1, ['epochs', at]),
  );
  const snapshot = { ...requireTensors(file, TENSORS), alphaSteps: header.alphaSteps };
  return { head, epochs, snapshot };
}
