import { expect, test } from 'vitest';
import { ONE_SHOT_3 } from '../../../src/paper/space/nas-bench-1shot1';
import { lookupOf } from '../../../src/paper/table/lookup';
import { tableOfResults } from '../../../src/trace/results-table';
import { contentOf, readScaledTable, writeScaledTable } from '../../../src/trace/scaled-table';
import type { StandAloneResult } from '../../../src/trace/stand-alone';
import { syntheticResult } from '../../support/synthetic-result';

const ALL_3X3 =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|';
const ONE = '|skip_connect~0|+|none~0|nor_conv_1x1~1|+|none~0|none~1|skip_connect~2|';
/** The same network as ONE. */
const SAME = '|nor_conv_1x1~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|';

const lookupIn = async (results: readonly StandAloneResult[]) => {
  const text = writeScaledTable(await tableOfResults(results));
  const table = await readScaledTable(new TextEncoder().encode(text));
  return { table, lookup: lookupOf(contentOf(table), 'accuracy') };
};

test('results become a table that is read like any, isomorphic cells in one row', async () => {
  const { table, lookup } = await lookupIn([
    await syntheticResult({ arch: ONE, seed: 1, accuracy: 0.5 }),
    await syntheticResult({ arch: SAME, seed: 0, accuracy: 0.3 }),
    await syntheticResult({ arch: ALL_3X3, accuracy: 0.7 }),
  ]);
  expect(table).toMatchObject({ space: 'nas-bench-201', folding: 'skip-and-none' });
  expect(table.cells.map(({ results }) => results.map(({ seed }) => seed))).toEqual([[0, 1], [0]]);
  expect(lookup.accuracy(ONE)).toBeCloseTo(40, 9);
  expect(lookup.accuracy(SAME)).toBe(lookup.accuracy(ONE));
  expect(lookup.accuracy(ALL_3X3)).toBeCloseTo(70, 9);
  expect(lookup.best).toBeCloseTo(70, 9);
});

test('so do those of a 1Shot1 space', async () => {
  const arch =
    '|conv3x3-bn-relu~0|+|maxpool3x3~1|+|conv1x1-bn-relu~2|+|maxpool3x3~0~3|+|maxpool3x3~1~4|+|output~4~5|';
  const { table, lookup } = await lookupIn([await syntheticResult({ arch, accuracy: 0.25 })]);
  expect(table).toMatchObject({ space: 'nas-bench-1shot1-3', folding: 'numbering' });
  expect(lookup.space).toBe('nas-bench-1shot1-3');
  expect(lookup.accuracy(ONE_SHOT_3.form(arch))).toBeCloseTo(25, 9);
});

test('a table is of the device that has the most results', async () => {
  const other = await syntheticResult({ arch: ALL_3X3, accuracy: 0.9 });
  const { lookup, table } = await lookupIn([
    { ...other, environment: { ...other.environment, adapter: 'another' } },
    await syntheticResult({ arch: ONE, seed: 0, accuracy: 0.3 }),
    await syntheticResult({ arch: ONE, seed: 1, accuracy: 0.3 }),
  ]);
  expect(table.environment.adapter).toBe('none, synthetic');
  expect(lookup.accuracy(ALL_3X3)).toBeUndefined();
  expect(lookup.accuracy(ONE)).toBeCloseTo(30, 9);
});
