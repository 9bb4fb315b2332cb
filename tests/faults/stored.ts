import type { Page } from 'playwright-core';
import type { Checkpoint } from '../../src/store/checkpoint';
import type { CellCheckpoint } from '../../src/store/stored-cell';
import type { StoredHead } from '../../src/store/schema';
import type { StandAloneEpoch } from '../../src/trace/stand-alone';
import type { EpochRecord } from '../../src/trace/types';
import { without } from '../../src/trace/without';

/** A run as it lies in the browser's database, read past the app. */
export interface StoredRun {
  readonly head: StoredHead;
  readonly epochs: readonly EpochRecord[];
  /** Epochs behind the checkpoint; null without one. */
  readonly checkpoint: number | null;
}

/** All runs that a page of the app's origin finds, oldest first; none before the database is made. */
export function storedRuns(page: Page): Promise<StoredRun[]> {
  return page.evaluate(readRuns);
}

/** The same, in the page: it uses nothing from outside. */
export async function readRuns(): Promise<StoredRun[]> {
  const done = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(new Error(request.error?.message));
    });
  const known = await indexedDB.databases();
  if (!known.some(({ name }) => name === 'alphascope')) return [];
  const database = await done(indexedDB.open('alphascope'));
  const tx = database.transaction(['runs', 'epochs', 'checkpoints']);
  const all = <T>(name: string) => done(tx.objectStore(name).getAll() as IDBRequest<T[]>);
  const [heads, epochs, keys, checkpoints] = await Promise.all([
    all<StoredHead>('runs'),
    all<EpochRecord>('epochs'),
    done(tx.objectStore('epochs').getAllKeys()) as Promise<[string, number][]>,
    all<Checkpoint>('checkpoints'),
  ]);
  database.close();
  return heads
    .sort((a, b) => a.createdAt.localeCompare(b.createdAt))
    .map((head) => ({
      head,
      epochs: epochs.filter((_, at) => keys[at]![0] === head.uid),
      checkpoint: checkpoints.find(({ uid }) => uid === head.uid)?.epoch ?? null,
    }));
}

/** Finished epochs of the cell whose training was begun first and is not done; none without one. */
export function storedCellEpochs(page: Page): Promise<readonly StandAloneEpoch[]> {
  return page.evaluate(
    () =>
      new Promise<readonly StandAloneEpoch[]>((resolve, reject) => {
        const opening = indexedDB.open('alphascope');
        opening.onerror = () => reject(new Error(opening.error?.message));
        opening.onsuccess = () => {
          const database = opening.result;
          const kept = database.transaction('cellCheckpoints').objectStore('cellCheckpoints');
          const reading = kept.getAll() as IDBRequest<CellCheckpoint[]>;
          reading.onsuccess = () => {
            database.close();
            resolve(reading.result[0]?.epochs ?? []);
          };
        };
      }),
  );
}

/** What was computed, whatever happened meanwhile. */
export function computedBy({ epochs }: StoredRun) {
  return epochs.map((record) => without(record, 'seconds'));
}

export const kindsOf = ({ head }: StoredRun): string[] => head.events.map(({ kind }) => kind);
