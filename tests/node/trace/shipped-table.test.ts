import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readRecordings } from '../../../cli/lib/recordings';
import { spaceOf } from '../../../src/paper/space/registry';
import { CELL_SPACE_KEYS } from '../../../src/paper/space/space';
import { lookupOf } from '../../../src/paper/table/lookup';
import { contentOf, readScaledTable, shippedTableName } from '../../../src/trace/scaled-table';
import { shippedTables } from '../../../scripts/tables.mjs';

const FOLDER = path.resolve('public/tables');
const { recordings } = await readRecordings(path.resolve('public/recordings'));

test('there is a table of every space, under the name that the command gives it', () => {
  const names = CELL_SPACE_KEYS.map((space) => shippedTableName('bench', space));
  expect(shippedTables(path.resolve('.'))).toEqual(names.sort());
});

describe.each(CELL_SPACE_KEYS)('the table of %s that ships with the page', async (space) => {
  const name = shippedTableName('bench', space);
  const table = await readScaledTable(new Uint8Array(readFileSync(path.join(FOLDER, name))));
  const lookup = lookupOf(contentOf(table), 'accuracy');

  test('is whole, and knows the cells that words speak of', () => {
    expect(table.space).toBe(space);
    expect(table.config).toMatchObject({ scale: 'bench', schedule: 'short', epochs: 12 });
    expect(lookup.count).toBeGreaterThanOrEqual(table.cells.length);
    for (const accuracy of [lookup.floor, lookup.best]) {
      expect(accuracy).toBeGreaterThan(10);
      expect(accuracy).toBeLessThan(100);
    }
  });

  test.skipIf(space === 'nas-bench-201')('has every cell that a recorded run derived', () => {
    const archs = recordings
      .flatMap(({ runs }) => runs)
      .filter(({ config }) => spaceOf(config.effective).key === space)
      .flatMap(({ epochs }) => epochs.map(({ arch }) => arch));
    expect(archs.length).toBeGreaterThan(0);
    expect([...new Set(archs)].filter((arch) => lookup.accuracy(arch) === undefined)).toEqual([]);
  });
});
