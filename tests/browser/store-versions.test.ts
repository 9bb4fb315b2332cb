import { deleteDB, openDB, type IDBPDatabase } from 'idb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../../src/store/database';
import { importEverything, readEverything } from '../../src/store/everything';
import { VERSION } from '../../src/store/schema';
import { cellKey } from '../../src/store/stored-cell';
import type { Archive } from '../../src/trace/archive';
import { without } from '../../src/trace/without';
import { inventedArchive } from '../support/invented-archive';

/*
 * Databases as every released version made them, written here without the store's own code, and
 * opened by the present one.
 */

let name: string;
let archive: Archive;
const opened: Store[] = [];

async function open(): Promise<Store> {
  const store = await openStore(name);
  opened.push(store);
  return store;
}

beforeEach(async () => {
  name = `alphascope-test-${crypto.randomUUID()}`;
  archive = await inventedArchive();
});

afterEach(async () => {
  for (const one of opened.splice(0)) one.close();
  await deleteDB(name);
});

const NOTHING: Archive = {
  runs: [],
  checkpoints: [],
  cells: [],
  cellCheckpoints: [],
  tables: [],
};

interface Version {
  /** What this version added to the one before. */
  readonly upgrade: (database: IDBPDatabase) => void;
  /** Writes of the archive what it knew of. */
  readonly fill: (database: IDBPDatabase) => Promise<void>;
  /** The parts of the archive that it kept. */
  readonly keeps: () => Archive;
}

/** Oldest first: a new version gets a new entry, and none is ever changed. */
const VERSIONS: readonly Version[] = [
  {
    upgrade(database) {
      database.createObjectStore('runs', { keyPath: 'uid' }).createIndex('createdAt', 'createdAt');
      database.createObjectStore('epochs');
      database.createObjectStore('checkpoints', { keyPath: 'uid' });
      database.createObjectStore('meta');
    },
    async fill(database) {
      const tx = database.transaction(['runs', 'epochs', 'checkpoints', 'meta'], 'readwrite');
      for (const { epochs, ...run } of archive.runs) {
        const head = { ...without(run, 'digest'), epochCount: epochs.length };
        await tx.objectStore('runs').put(head);
        for (const record of epochs) {
          await tx.objectStore('epochs').put(record, [run.uid, record.epoch]);
        }
      }
      for (const one of archive.checkpoints) await tx.objectStore('checkpoints').put(one);
      await tx.objectStore('meta').put('kept', 'note');
      await tx.done;
    },
    keeps: () => ({ ...NOTHING, runs: archive.runs, checkpoints: archive.checkpoints }),
  },
  {
    upgrade(database) {
      database.createObjectStore('cells');
      database.createObjectStore('cellCheckpoints');
      database.createObjectStore('tables', { keyPath: 'id' });
    },
    async fill(database) {
      const tx = database.transaction(['cells', 'cellCheckpoints', 'tables'], 'readwrite');
      for (const one of archive.cells) await tx.objectStore('cells').put(one, cellKey(one));
      for (const one of archive.cellCheckpoints) {
        await tx.objectStore('cellCheckpoints').put(one, cellKey(one));
      }
      for (const one of archive.tables) await tx.objectStore('tables').put(one);
      await tx.done;
    },
    keeps: () => archive,
  },
];

/** A database as this version left it. */
async function made(version: number): Promise<void> {
  const database = await openDB(name, version, {
    upgrade: (empty) => VERSIONS.slice(0, version).forEach(({ upgrade }) => upgrade(empty)),
  });
  for (const { fill } of VERSIONS.slice(0, version)) await fill(database);
  database.close();
}

test('every version has its fixture', () => {
  expect(VERSIONS).toHaveLength(VERSION);
});

describe.each(VERSIONS.map(({ keeps }, at) => ({ version: at + 1, keeps })))(
  'a database of version $version',
  ({ version, keeps }) => {
    test('keeps all that is in it', async () => {
      await made(version);
      const store = await open();
      expect(await readEverything(store)).toEqual(keeps());
      expect(await store.readMeta('note')).toBe('kept');
      const heads = await store.listRuns();
      expect(heads.map(({ resumable }) => resumable)).toEqual([false, true]);
    });

    test('has the stores of a new one, and takes what they hold', async () => {
      await made(version);
      const store = await open();
      await importEverything(store, archive);
      expect(await readEverything(store)).toEqual(archive);
      const fresh = `${name}-new`;
      const other = await openStore(fresh);
      other.close();
      expect(await layout(name)).toEqual(await layout(fresh));
      await deleteDB(fresh);
    });
  },
);

test('a database of a later version can be read, and nothing in it is changed', async () => {
  await made(VERSION);
  const later = await openDB(name, VERSION + 1, {
    upgrade: (database) => void database.createObjectStore('later'),
  });
  later.close();
  const store = await open();
  expect(store.readOnly).toBe(true);
  expect(await readEverything(store)).toEqual(archive);
  await expect(importEverything(store, archive)).rejects.toMatchObject({ kind: 'blocked' });
  await expect(store.cells.remove(archive.cells)).rejects.toMatchObject({ kind: 'blocked' });
  expect(await readEverything(store)).toEqual(archive);
});

/** Object stores with their keys and indexes. */
async function layout(database: string) {
  const connection = await openDB(database);
  const names = [...connection.objectStoreNames];
  const tx = connection.transaction(names);
  const stores = names.map((one) => {
    const { keyPath, autoIncrement, indexNames } = tx.objectStore(one);
    return { one, keyPath, autoIncrement, indexes: [...indexNames] };
  });
  connection.close();
  return stores;
}
