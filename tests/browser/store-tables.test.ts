import { deleteDB } from 'idb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CELL_COUNT } from '../../src/paper/benchmark-index';
import { BENCHMARK_COLUMNS } from '../../src/paper/table/table';
import { onStoreChange } from '../../src/store/change';
import { openStore, type Store } from '../../src/store/database';
import type { StoredTable } from '../../src/store/stored-table';
import { syntheticRun } from '../support/synthetic-run';

let name: string;
const opened: Store[] = [];

async function open(): Promise<Store> {
  const store = await openStore(name);
  opened.push(store);
  return store;
}

beforeEach(() => {
  name = `alphascope-test-${crypto.randomUUID()}`;
});

afterEach(async () => {
  for (const one of opened.splice(0)) one.close();
  await deleteDB(name);
});

function invented(id: string, more: Partial<StoredTable> = {}): StoredTable {
  return {
    id,
    name: `table ${id}`,
    source: `${id}.csv`,
    addedAt: '2026-01-01T12:00:00.000Z',
    cells: 2,
    folding: null,
    columns: [BENCHMARK_COLUMNS[1]!],
    values: [Float64Array.from({ length: CELL_COUNT }, (_, at) => (at < 2 ? 90 + at : NaN))],
    ...more,
  };
}

describe('tables', () => {
  test('are listed without their numbers, oldest first', async () => {
    const store = await open();
    await store.tables.put(invented('a', { addedAt: '2026-01-02T12:00:00.000Z' }));
    await store.tables.put(invented('b'));
    const list = await (await open()).tables.list();
    expect(list.map(({ id }) => id)).toEqual(['b', 'a']);
    expect(list[0]).not.toHaveProperty('values');
    expect(list[0]).toMatchObject({ name: 'table b', cells: 2, source: 'b.csv' });
  });

  test('of the same numbers are kept once, under the first name', async () => {
    const store = await open();
    expect(await store.tables.put(invented('a'))).toBe(true);
    expect(await store.tables.put(invented('a', { name: 'again' }))).toBe(false);
    expect((await store.tables.list()).map(({ name }) => name)).toEqual(['table a']);
  });

  test('go and come back, and every connection hears of it', async () => {
    const store = await open();
    const heard: string[] = [];
    const stop = onStoreChange(({ kind, uids }) => heard.push(`${kind} ${uids.join()}`), name);
    await store.tables.put(invented('a'));
    const removed = await store.tables.remove('a');
    expect(removed).toEqual(invented('a'));
    expect(await store.tables.read('a')).toBeNull();
    expect(await store.tables.remove('a')).toBeNull();
    await store.tables.put(removed!);
    expect(await store.tables.read('a')).toEqual(invented('a'));
    await expect.poll(() => heard).toEqual(['table a', 'table a', 'table a']);
    stop();
  });

  test('without a value for every cell are refused, and nothing changes', async () => {
    const store = await open();
    await store.tables.put(invented('a'));
    const short = invented('b', { values: [new Float64Array(10)] });
    await expect(store.tables.put(short)).rejects.toMatchObject({ kind: 'refused' });
    await expect(store.tables.put(invented('c', { values: [] }))).rejects.toMatchObject({
      kind: 'refused',
    });
    expect((await store.tables.list()).map(({ id }) => id)).toEqual(['a']);
  });
});

test('the newest record of runs is read without the others', async () => {
  const store = await open();
  const run = await syntheticRun({ seed: 1, epochs: 4 });
  await store.importRuns([run]);
  const last = await store.readLastEpochs([run.uid, 'nobody']);
  expect([...last]).toEqual([[run.uid, run.epochs.at(-1)]]);
});
