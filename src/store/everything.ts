import type { Archive } from '../trace/archive';
import type { CellImport } from './cell-store';
import type { ImportResult, RunWithCheckpoint, Store } from './database';
import { tableHead, type TableHead } from './stored-table';

/** What came of an archive. */
export interface ImportedArchive {
  readonly runs: ImportResult;
  readonly cells: CellImport;
  /** Tables that are stored now, and those whose numbers were here already. */
  readonly tables: { readonly added: TableHead[]; readonly known: TableHead[] };
}

/** All that the visitor has: runs with what they can go on from, cells and imported tables. */
export async function readEverything(store: Store): Promise<Archive> {
  const found: RunWithCheckpoint[] = [];
  for (const { uid } of await store.listRuns()) {
    const whole = await store.readWithCheckpoint(uid);
    // It may have been deleted meanwhile.
    if (whole !== null) found.push(whole);
  }
  return {
    runs: found.map(({ run }) => run),
    checkpoints: found.flatMap(({ checkpoint }) => (checkpoint === null ? [] : [checkpoint])),
    cells: await store.cells.list(),
    cellCheckpoints: await store.cells.listCheckpoints(),
    tables: await store.tables.readAll(),
  };
}

/**
 * Stores an archive; what is here is never overwritten. Runs with their checkpoints, cells and each
 * table are a transaction of their own: where storage is full after one of them, the import can be
 * repeated when there is room.
 *
 * @param archive as `readImport` returns it
 * @throws StorageError
 */
export async function importEverything(store: Store, archive: Archive): Promise<ImportedArchive> {
  const runs = await store.importRuns(archive.runs, archive.checkpoints);
  const cells = await store.cells.import(archive.cells, archive.cellCheckpoints);
  const tables: ImportedArchive['tables'] = { added: [], known: [] };
  for (const table of archive.tables) {
    tables[(await store.tables.put(table)) ? 'added' : 'known'].push(tableHead(table));
  }
  return { runs, cells, tables };
}
