import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { lookupOf } from '../../../src/paper/table/lookup';
import { contentOf, readScaledTable } from '../../../src/trace/scaled-table';

const FILE = path.resolve('public/tables/scaled-bench.json.gz');

test('the table that ships with the page is whole, and knows the cells that words speak of', async () => {
  const table = await readScaledTable(new Uint8Array(readFileSync(FILE)));
  expect(table.config).toMatchObject({ scale: 'bench', schedule: 'short', epochs: 12 });
  const lookup = lookupOf(contentOf(table), 'accuracy');
  expect(lookup.count).toBeGreaterThanOrEqual(table.cells.length);
  for (const accuracy of [lookup.floor, lookup.best]) {
    expect(accuracy).toBeGreaterThan(10);
    expect(accuracy).toBeLessThan(100);
  }
});
