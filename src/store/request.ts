import { canonicalJson } from '../trace/canonical';
import { computedPart } from '../trace/digest';
import type { EpochRecord, TraceRun } from '../trace/types';
import type { Checkpoint } from './checkpoint';
import type { Reading, Writing } from './connection';
import { refused } from './error';
import type { StoredHead } from './schema';

/** The steps of which the store's transactions are made. None may await anything but its requests. */

/** A stored run, whole. */
export interface WholeRun {
  readonly head: StoredHead;
  readonly epochs: readonly EpochRecord[];
  readonly checkpoint: Checkpoint | null;
}

/** Keys of all records of a run; an array sorts behind every number. */
export function epochsOf(uid: string): IDBKeyRange {
  return IDBKeyRange.bound([uid], [uid, []]);
}

/** @throws StorageError `refused` when the run is not here. */
export async function getHead(tx: Reading | Writing, uid: string): Promise<StoredHead> {
  const head = await tx.objectStore('runs').get(uid);
  if (head === undefined) throw refused(`Run ${uid} is not stored here; it may have been deleted.`);
  return head;
}

export async function hasRun(tx: Writing, uid: string): Promise<boolean> {
  return (await tx.objectStore('runs').getKey(uid)) !== undefined;
}

/** Writes a run that is not here yet. */
export async function putWhole(tx: Writing, { head, epochs, checkpoint }: WholeRun): Promise<void> {
  await Promise.all([
    tx.objectStore('runs').add(head),
    ...epochs.map((record) => tx.objectStore('epochs').add(record, [head.uid, record.epoch])),
    checkpoint && tx.objectStore('checkpoints').put(checkpoint),
  ]);
}

/** Keeps a checkpoint for a run that has none and is not finished; false when it does not need it. */
export async function giveCheckpoint(tx: Writing, checkpoint: Checkpoint): Promise<boolean> {
  const { uid } = checkpoint;
  const { state } = await getHead(tx, uid);
  const has = (await tx.objectStore('checkpoints').getKey(uid)) !== undefined;
  if (has || state === 'finished') return false;
  await tx.objectStore('checkpoints').put(checkpoint);
  return true;
}

/** Reads a run and deletes it; null when it is not here. */
export async function takeWhole(tx: Writing, uid: string): Promise<WholeRun | null> {
  const [head, epochs, checkpoint] = await Promise.all([
    tx.objectStore('runs').get(uid),
    tx.objectStore('epochs').getAll(epochsOf(uid)),
    tx.objectStore('checkpoints').get(uid),
  ]);
  if (head === undefined) return null;
  await Promise.all([
    tx.objectStore('runs').delete(uid),
    tx.objectStore('epochs').delete(epochsOf(uid)),
    tx.objectStore('checkpoints').delete(uid),
  ]);
  return { head, epochs, checkpoint: checkpoint ?? null };
}

/**
 * What the store knows of a run's uid. Digests need a wait outside the transaction, so the text that
 * a digest is made of is compared instead.
 */
export async function standingOf(
  tx: Writing,
  run: TraceRun,
): Promise<'added' | 'known' | 'conflicting'> {
  const [stored, epochs] = await Promise.all([
    tx.objectStore('runs').get(run.uid),
    tx.objectStore('epochs').getAll(epochsOf(run.uid)),
  ]);
  if (stored === undefined) return 'added';
  const here = canonicalJson(computedPart({ ...stored, epochs }));
  return here === canonicalJson(computedPart(run)) ? 'known' : 'conflicting';
}
