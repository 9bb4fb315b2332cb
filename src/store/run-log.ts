import type { EpochRecord, RunHead } from '../trace/types';
import { validateHead, validateRecord } from '../trace/validate';
import type { Checkpoint } from './checkpoint';
import type { Store } from './database';
import { refused } from './error';
import { patched, validateBranch, type HeadPatch } from './head';
import type { StoredHead } from './schema';

/** What training needs of a store. */
export type RunLog = Pick<
  Store,
  | 'createRun'
  | 'createFork'
  | 'appendEpoch'
  | 'updateHead'
  | 'readHead'
  | 'readEpochs'
  | 'readCheckpoint'
  | 'rewindToCheckpoint'
  | 'thinCheckpoints'
>;

interface Entry {
  head: StoredHead;
  readonly epochs: EpochRecord[];
  checkpoint: Checkpoint | null;
}

/**
 * Runs in memory, for where the browser keeps nothing: they go on after a lost GPU as stored ones do,
 * and end with the worker.
 */
export class MemoryLog implements RunLog {
  readonly #runs = new Map<string, Entry>();

  createRun(head: RunHead, checkpoint: Checkpoint | null = null): Promise<void> {
    return attempt(() => {
      const valid = validateHead(head);
      this.#runs.set(valid.uid, { head: { ...valid, epochCount: 0 }, epochs: [], checkpoint });
    });
  }

  createFork(head: RunHead, epochs: readonly EpochRecord[], checkpoint: Checkpoint): Promise<void> {
    return attempt(() => {
      const valid = validateBranch(head, epochs);
      const stored = { ...valid, epochCount: epochs.length };
      this.#runs.set(valid.uid, { head: stored, epochs: [...epochs], checkpoint });
    });
  }

  appendEpoch(
    uid: string,
    record: EpochRecord,
    checkpoint: Checkpoint | null,
    patch: HeadPatch = {},
  ): Promise<void> {
    return attempt(() => {
      const entry = this.#entry(uid);
      const head = patched(entry.head, patch);
      const epochCount = entry.epochs.length + 1;
      entry.epochs.push(validateRecord(record, head, epochCount));
      entry.head = { ...head, epochCount };
      entry.checkpoint = checkpoint ?? entry.checkpoint;
    });
  }

  updateHead(uid: string, patch: HeadPatch): Promise<void> {
    return attempt(() => {
      const entry = this.#entry(uid);
      entry.head = patched(entry.head, patch);
    });
  }

  readHead(uid: string): Promise<StoredHead | null> {
    return attempt(() => this.#runs.get(uid)?.head ?? null);
  }

  readEpochs(uid: string): Promise<EpochRecord[]> {
    return attempt(() => [...(this.#runs.get(uid)?.epochs ?? [])]);
  }

  readCheckpoint(uid: string): Promise<Checkpoint | null> {
    return attempt(() => this.#runs.get(uid)?.checkpoint ?? null);
  }

  rewindToCheckpoint(uid: string): Promise<Checkpoint> {
    return attempt(() => {
      const entry = this.#entry(uid);
      const { checkpoint } = entry;
      if (checkpoint === null) throw refused(`Run ${uid} has no checkpoint.`);
      entry.epochs.splice(checkpoint.epoch);
      entry.head = { ...entry.head, epochCount: checkpoint.epoch };
      return checkpoint;
    });
  }

  /** There is no room to be made. */
  thinCheckpoints(): Promise<string | null> {
    return Promise.resolve(null);
  }

  #entry(uid: string): Entry {
    const entry = this.#runs.get(uid);
    if (entry === undefined) throw refused(`Run ${uid} is not in memory any more.`);
    return entry;
  }
}

/** As a promise, rejections included. */
function attempt<Result>(body: () => Result): Promise<Result> {
  return new Promise((resolve) => resolve(body()));
}
