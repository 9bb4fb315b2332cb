import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import * as v from 'valibot';
import type { SearchSnapshot } from '../../src/engine/snapshot';
import { SCIENCE_VERSION } from '../../src/trace/digest';
import type { EpochRecord, RunHead } from '../../src/trace/types';
import { check } from '../../src/trace/check';
import { validateHead, validateRecord } from '../../src/trace/validate';
import { isMissing, writeWhole } from './files';

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

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** The first line of the file; behind it the tensors, float32 in this machine's order. */
const HeaderSchema = v.strictObject({
  format: v.literal(FORMAT),
  version: v.literal(VERSION),
  science: v.literal(SCIENCE_VERSION),
  head: v.unknown(),
  epochs: v.pipe(v.array(v.unknown()), v.minLength(1)),
  alphaSteps: count,
  /** Elements of each tensor, in the order in which they are stored. */
  lengths: v.strictObject({
    weights: count,
    momentum: count,
    alpha: count,
    first: count,
    second: count,
    kept: v.exactOptional(count),
  }),
  /** SHA-256 of the tensors' bytes. */
  digest: v.string(),
});

/** The checkpoint of a trace lies beside it. */
export function checkpointFile(trace: string): string {
  return trace.replace(/\.json$/, '.checkpoint');
}

export async function writeCheckpoint(file: string, checkpoint: Checkpoint): Promise<void> {
  const { head, epochs, snapshot } = checkpoint;
  const { kept } = snapshot;
  const bytes = [...TENSORS.map((name) => snapshot[name]), ...(kept ? [kept] : [])].map(bytesOf);
  const header: v.InferInput<typeof HeaderSchema> = {
    format: FORMAT,
    version: VERSION,
    science: SCIENCE_VERSION,
    head,
    epochs: [...epochs],
    alphaSteps: snapshot.alphaSteps,
    lengths: {
      weights: snapshot.weights.length,
      momentum: snapshot.momentum.length,
      alpha: snapshot.alpha.length,
      first: snapshot.first.length,
      second: snapshot.second.length,
      ...(kept && { kept: kept.length }),
    },
    digest: digestOf(bytes),
  };
  await writeWhole(file, [`${JSON.stringify(header)}\n`, ...bytes]);
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
  const end = content.indexOf('\n');
  const line = content.toString('utf8', 0, Math.max(0, end));
  const header = check(HeaderSchema, JSON.parse(line), []);
  const tensors = content.subarray(end + 1);
  if (digestOf([tensors]) !== header.digest) throw new Error('its tensors were damaged.');
  const head = validateHead(header.head, ['head']);
  const epochs = header.epochs.map((value, at) =>
    validateRecord(value, head, at + 1, ['epochs', at]),
  );
  let offset = 0;
  const take = (name: keyof typeof header.lengths): Float32Array => {
    const size = 4 * (header.lengths[name] ?? 0);
    const part = tensors.subarray(offset, offset + size);
    if (part.length !== size) throw new Error(`its tensor ${name} is cut off.`);
    offset += size;
    return new Float32Array(Uint8Array.from(part).buffer);
  };
  return {
    head,
    epochs,
    snapshot: {
      weights: take('weights'),
      momentum: take('momentum'),
      alpha: take('alpha'),
      first: take('first'),
      second: take('second'),
      alphaSteps: header.alphaSteps,
      ...(header.lengths.kept !== undefined && { kept: take('kept') }),
    },
  };
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function digestOf(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
