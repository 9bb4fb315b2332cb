import { describe, expect, test } from 'vitest';
import { armByKey, METHOD_ARM_KEYS, type ArmKey } from '../../../src/paper/experiment/arm';
import { PRINTED_TABLE_1, PRINTED_TABLE_2 } from '../../../src/paper/printed';
import { epochTime } from '../../../src/paper/method/step-time';
import { table1, table2, type ResultRow } from '../../../src/view/results/rows';
import { resultTable } from '../../../src/view/results/words';
import { tableCsv, tableLatex } from '../../../src/view/text-table';
import { count, inventedRun, inventedTable, type Logits } from '../../support/bench-run';

const SKIP = 'skip_connect';
/** Skip-connect takes an edge more every seven epochs: two at epoch 14, six from 42 on. */
const creeping: Logits = (epoch, choice) => ({
  nor_conv_3x3: 2 - epoch / 50,
  [SKIP]: epoch >= 7 * (choice + 1) ? 3 : 0,
});
const TABLE = inventedTable((ops) => 94 - 6 * count(ops, SKIP));

const runs = (arm: ArmKey, seeds: readonly number[]) =>
  seeds.map((seed) => inventedRun(arm, seed, creeping));
const named = (rows: readonly ResultRow[], method: string, protocol = '') =>
  rows.find((row) => row.method === method && row.protocol.includes(protocol))!;

describe('tables 1 and 2', () => {
  test('have the paper’s rows, and an arm for each method that the tables and the registry share', () => {
    const one = table1([], 'CIFAR-10', null);
    const two = table2([], 'CIFAR-10', null);
    expect(one.map(({ method }) => method)).toEqual(PRINTED_TABLE_1.map(({ method }) => method));
    expect(two.map(({ method }) => method)).toEqual(PRINTED_TABLE_2.map(({ method }) => method));
    const arms = new Set([...one, ...two].map(({ arm }) => arm));
    const printed = METHOD_ARM_KEYS.filter((key) =>
      [...one, ...two].some(({ method }) => method.toLowerCase() === key),
    );
    expect(printed).toEqual(expect.arrayContaining(['darts-v2', 'drnas', 'gdas', 'setn', 'rsps']));
    expect(printed.every((key) => arms.has(key))).toBe(true);
    expect(arms).toContain('baseline');
    expect(named(one, 'EX-DARTS').arm).toBe('swapped');
    expect(named(two, 'SS-DARTS').arm).toBe('sweep-.003');
    for (const { arm, note } of [...one, ...two]) expect(note === '').toBe(arm !== null);
    expect(named(two, 'GAEA-ERM', 'own paper').note).toBe('numbers of another paper');
  });

  test('print accuracies of a data set and times over DARTS-V1’s', () => {
    const gdas = named(table1([], 'CIFAR-10', null), 'GDAS');
    expect(gdas.printed).toEqual({ mean: 93.51, std: 0.13 });
    expect(gdas.printedTime).toBeCloseTo(28_925.91 / 10_889.87, 12);
    expect(named(table1([], 'CIFAR-100', null), 'GDAS').printed!.mean).toBe(70.61);
    expect(named(table2([], 'CIFAR-10', null), 'GAEA-ERM').printedTime).toBeCloseTo(14_464 / 7330);
    expect(named(table1([], 'CIFAR-10', null), 'REA').printedTime).toBeNull();
  });

  test('a row without runs is empty', () => {
    const row = named(table1([], 'CIFAR-10', TABLE), 'GDAS');
    expect(row.ours).toBeNull();
    const frame = { dataSet: 'CIFAR-10', scale: 'bench', table: TABLE } as const;
    const { columns, rows } = resultTable(1, [row], frame);
    const at = (column: string) => rows[0]![columns.indexOf(column)];
    expect(['our accuracy', 'n', 'our epoch', 'our skips', 'our time'].map(at)).toEqual(
      Array(5).fill(''),
    );
    expect(at('printed accuracy')).toBe('93.51 ± 0.13');
  });

  test('a method’s row is its last cell over seeds, looked up in the table', () => {
    const { ours } = named(table1(runs('gdas', [0, 1, 2]), 'CIFAR-10', TABLE), 'GDAS');
    expect(ours).toMatchObject({ epochs: { mean: 50 }, skips: { mean: 6, n: 3 } });
    expect(ours!.accuracies).toMatchObject({ mean: 94 - 36, std: 0 });
    const { ours: without } = named(table1(runs('gdas', [0]), 'CIFAR-10', null), 'GDAS');
    expect(without!.accuracies).toBeNull();
  });

  test('stop rules and shorter searches read the same runs', () => {
    const two = table2(runs('gaea-bilevel', [0, 1, 2]), 'CIFAR-10', TABLE);
    const at = (method: string, protocol: string) => named(two, method, protocol).ours!.epochs.mean;
    expect(at('GAEA-bilevel', '50 epochs')).toBe(50);
    expect(at('GAEA-bilevel', '25 epochs')).toBe(25);
    expect(at('GAEA-bilevel (sc_2)', '50 epochs')).toBe(14);
    expect(at('SS-GAEA-bilevel', '50 epochs')).toBe(1);
    expect(named(two, 'GAEA-bilevel', 'own paper').ours).toBeNull();
    expect(named(two, 'GAEA-ERM', '50 epochs').ours).toBeNull();
    const eigenvalues = Array.from({ length: 50 }, (_, joint) =>
      joint % 2 === 0 ? 1.2 ** joint : null,
    );
    const measured = runs('hessian-.003', [0, 1]).map((run) => ({ ...run, eigenvalues }));
    const es = named(table2(measured, 'CIFAR-10', TABLE), 'DARTS-ES');
    expect(es).toMatchObject({ arm: 'hessian-.003', time: null, note: '' });
    expect(es.ours).toMatchObject({ triggered: 2, epochs: { n: 2, mean: 11 }, skips: { mean: 1 } });
    const { method } = armByKey('gaea-bilevel').values;
    expect(named(two, 'GAEA-bilevel', '50 epochs').time).toBe(epochTime(method));
    expect(named(two, 'GAEA-bilevel', '25 epochs').time).toBe(epochTime(method) / 2);
    expect(named(two, 'GAEA-bilevel (sc_2)', '50 epochs').time).toBeNull();
  });

  test('a cell that was chosen by trial counts, not alpha’s argmax', () => {
    const cell = `|none~0|+|none~0|none~1|+|none~0|none~1|${SKIP}~2|`;
    const [run] = runs('setn', [0]);
    const chosen = { ...run!, cells: run!.alphas.map(() => cell) };
    const { ours } = named(table1([chosen], 'CIFAR-10', TABLE), 'SETN');
    expect(ours!.seeds[0]).toMatchObject({ arch: cell, skips: 1, accuracy: 88 });
  });

  test('runs that cannot be pooled leave the row empty and say why', () => {
    const [one, other] = runs('drnas', [0, 1]);
    const mixed = [one!, { ...other!, configDigest: 'another' }];
    const row = named(table2(mixed, 'CIFAR-10', TABLE), 'DrNAS', '50 epochs');
    expect(row.ours).toBeNull();
    expect(row.note).toContain('differ in configuration');
  });

  test('files hold what is on screen, and name the table of our accuracies', () => {
    const frame = { dataSet: 'CIFAR-10', scale: 'bench', table: TABLE } as const;
    const one = table1(runs('gdas', [0, 1, 2]), 'CIFAR-10', TABLE);
    const table = resultTable(1, one, frame);
    expect(table.caption).toContain(TABLE.name);
    expect(tableCsv(table)).toContain('GDAS,93.51 ± 0.13,58,3,50,6,2.66,');
    expect(tableLatex(table)).toContain('GDAS & 93.51 $\\pm$ 0.13 & 58 & 3 & 50 & 6 & 2.66 &');
    expect(resultTable(1, one, { ...frame, table: null }).columns).not.toContain('our accuracy');
  });
});
