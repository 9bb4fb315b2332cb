import type { DBSchema, IDBPDatabase } from 'idb';
import type { EpochRecord, RunHead } from '../trace/types';
import type { Checkpoint } from './checkpoint';
import type { CellCheckpoint, CellKey, StoredCell } from './stored-cell';
import type { StoredTable } from './stored-table';

/** A run's head with the number of its stored records, kept together in one transaction. */
export interface StoredHead extends RunHead {
  readonly epochCount: number;
}

/** A note of the app: small, or a folder that the visitor has picked. */
export type MetaValue = string | number | boolean | FileSystemDirectoryHandle;

export interface AlphascopeSchema extends DBSchema {
  runs: { key: string; value: StoredHead; indexes: { createdAt: string } };
  /** Key: uid and epoch number. */
  epochs: { key: [string, number]; value: EpochRecord };
  /** The latest checkpoint of a run. */
  checkpoints: { key: string; value: Checkpoint };
  meta: { key: string; value: MetaValue };
  /** Cells that were trained by themselves. */
  cells: { key: CellKey; value: StoredCell };
  /** The latest checkpoint of a cell that is not done. */
  cellCheckpoints: { key: CellKey; value: CellCheckpoint };
  /** Tables of accuracies, by their digest. */
  tables: { key: string; value: StoredTable };
}

type Database = IDBPDatabase<AlphascopeSchema>;

/** What each version adds to the one before. A released step is never changed. */
const STEPS: readonly ((database: Database) => void)[] = [
  (database) => {
    database.createObjectStore('runs', { keyPath: 'uid' }).createIndex('createdAt', 'createdAt');
    database.createObjectStore('epochs');
    database.createObjectStore('checkpoints', { keyPath: 'uid' });
    database.createObjectStore('meta');
  },
  (database) => {
    database.createObjectStore('cells');
    database.createObjectStore('cellCheckpoints');
    database.createObjectStore('tables', { keyPath: 'id' });
  },
];

export const VERSION = STEPS.length;

/**
 * Brings a database to the present version; what is in it stays.
 *
 * @param from its version, 0 for one that is new.
 */
export function upgrade(database: Database, from: number): void {
  for (const step of STEPS.slice(from)) step(database);
}
