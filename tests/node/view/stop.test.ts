import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NAS_BENCH_201 } from '../../../src/paper/space/nas-bench-201';
import { OPERATIONS } from '../../../src/paper/operation';
import { bestAccuracy, curvesOf } from '../../../src/paper/curves';
import type { ArmKey } from '../../../src/paper/experiment/arm';
import { sampleStd } from '../../../src/paper/statistics';
import { tableCsv, tableLatex } from '../../../src/view/text-table';
import { identityOf, outcomesOf, stopSeed } from '../../../src/view/stop/outcome';
import { lineAt, newEntry, problemOf, ruleName } from '../../../src/view/stop/rules';
import { sweepArms, table3 } from '../../../src/view/stop/sweep';
import {
  cellTable,
  identitySentence,
  outcomeSentence,
  outcomeTable,
  spread,
  table3Text,
} from '../../../src/view/stop/words';
import {
  count,
  held,
  inventedAlphas,
  inventedRun,
  inventedTable,
  tent,
} from '../../support/bench-run';
import { alphaOf } from '../paper/arbitrary';

const SKIP = 'skip_connect';
const CONV = 'nor_conv_3x3';
const search = (alphas: ReturnType<typeof inventedAlphas>, seed = 0) =>
  stopSeed({ uid: `seed ${seed}`, seed }, { space: NAS_BENCH_201, ops: OPERATIONS, alphas }, 50);
/** 3x3 has its peak at an epoch; skip-connect holds `skips` edges from then on. */
const peaked = (peak: number, skips: number, seed: number) =>
  search(
    inventedAlphas('baseline', (epoch, choice) => ({
      [CONV]: tent(peak, 2)(epoch),
      [SKIP]: epoch > peak && choice < skips ? 4 : 0,
    })),
    seed,
  );

describe('rules as they are entered', () => {
  test.each([
    ['ss-eq12', {}, 'SS, Eq. 12 · 3×3'],
    ['ss-online', { k: '5', operation: SKIP }, 'SS online, k = 5 · skip'],
    ['sc', { k: '3' }, 'DARTS+ sc_3'],
    ['rt', {}, 'DARTS+ rt_10'],
  ] as const)('%s has a name', (family, change, name) => {
    expect(ruleName({ ...newEntry(1, family), ...change })).toBe(name);
  });

  test.each(['', '0', '2001', '1.5', 'k', '-1'])('k = %j is refused in words', (k) => {
    expect(problemOf({ ...newEntry(1, 'sc'), k }, OPERATIONS)).toBe(
      `k must be a whole number from 1 to 2000, not "${k}".`,
    );
  });

  test('a rule on what was not searched has no outcome, and says so', () => {
    const seeds = [search(inventedAlphas('no-skip', held('none', 6)))].map((one) => ({
      ...one,
      trajectory: { ...one.trajectory, ops: OPERATIONS.filter((name) => name !== SKIP) },
    }));
    const [outcome] = outcomesOf([{ ...newEntry(1, 'ss-eq12'), operation: SKIP }], seeds);
    expect(outcome).toMatchObject({ pooled: null, problem: 'skip was not searched here.' });
  });
});

describe('outcomes', () => {
  const seeds = [peaked(10, 3, 0), peaked(20, 4, 1), peaked(30, 5, 2)];
  const entries = [newEntry(1, 'ss-eq13'), newEntry(2, 'sc'), lineAt(40)];

  test('are those of the rules, seed by seed and pooled', () => {
    const [ss, sc, line] = outcomesOf(entries, seeds);
    expect(ss!.pooled!.seeds.map(({ epoch }) => epoch)).toEqual([10, 20, 30]);
    expect(ss!.pooled!.skips.mean).toBe(0);
    expect(sc!.pooled!.seeds.map(({ epoch, skips }) => [epoch, skips])).toEqual([
      [11, 3],
      [21, 4],
      [31, 5],
    ]);
    expect(line!.pooled!.epochs.mean).toBe(40);
    expect(line!.pooled!.skips.mean).toBe(4);
    expect(spread(ss!.pooled!.epochs)).toBe(`20.0 ± ${sampleStd([10, 20, 30]).toFixed(1)}`);
  });

  test('are told in a sentence and a table with the same numbers', () => {
    const outcomes = outcomesOf(entries, seeds);
    expect(outcomeSentence(outcomes, seeds)).toBe(
      'Mean of 3 seeds, epoch returned (skip-connects of its cell): SS, Eq. 13 · 3×3: 20 (0); DARTS+ sc_2: 21 (4); Line at epoch 40: 40 (4). The last epoch’s cell has 4.',
    );
    const { columns, rows } = outcomeTable(outcomes, seeds);
    expect(rows.every((row) => row.length === columns.length)).toBe(true);
    expect(rows[1]).toEqual([
      'DARTS+ sc_2',
      '21.0 ± 10.0',
      '4.0 ± 1.0',
      '3 of 3',
      '21',
      ...['11', '3', '21', '4', '31', '5'],
    ]);
  });

  test('of one seed have no spread', () => {
    const [outcome] = outcomesOf([newEntry(1, 'sc')], [seeds[0]!]);
    expect(spread(outcome!.pooled!.epochs)).toBe('11');
    const never = outcomesOf([{ ...newEntry(1, 'sc'), k: '6' }], [seeds[0]!]);
    expect(outcomeSentence(never, [seeds[0]!])).toContain('DARTS+ sc_6: 50 (3, never triggered)');
  });
});

test('Eq. 12 and Eq. 13 are one criterion on any search', () => {
  const searches = fc.array(
    fc.array(alphaOf(5, 4), { minLength: 1, maxLength: 12 }).map((alphas) => search(alphas)),
    { minLength: 1, maxLength: 4 },
  );
  fc.assert(
    fc.property(searches, fc.constantFrom(...OPERATIONS), (seeds, operation) => {
      const { operations, n, largest } = identityOf(operation, seeds);
      expect([operations, n]).toEqual([5, seeds.length]);
      expect(largest).toBeLessThan(1e-14);
    }),
  );
  const [seeds] = [[peaked(10, 3, 0), peaked(20, 4, 1)]];
  expect(identitySentence(CONV, identityOf(CONV, seeds))).toMatch(
    /^Eq. 12 and Eq. 13 return the same epoch for 3×3 in 2 of 2 seeds: .* Eq. 13 is 5 m − 1/,
  );
});

describe('table 3', () => {
  const sweep = (arm: ArmKey, seeds: readonly number[], peak: number, scale = 'bench') =>
    seeds.map((seed) =>
      inventedRun(
        arm,
        seed,
        (epoch) => ({ [CONV]: tent(peak, 2)(epoch), [SKIP]: epoch > 30 ? 4 : 0 }),
        { scale, uid: `${arm} ${seed} ${scale}` },
      ),
    );
  const runs = [
    ...sweep('sweep-.003', [0, 1], 12),
    ...sweep('sweep-.009', [0], 17),
    ...sweep('sweep-.009', [0, 1], 5, 'tiny'),
    ...sweep('baseline', [0], 9),
  ];

  test('has the paper’s rows and columns, ours filled where runs are', () => {
    const arms = sweepArms(runs, 'bench');
    expect(arms.map(({ rate, runs: own }) => [rate, own.length])).toEqual([
      [0.003, 2],
      [0.009, 1],
      [0.015, 0],
    ]);
    const rows = table3(arms, 'CIFAR-10', null);
    expect(rows.map(({ method }) => method)).toContain('DARTS-ES');
    const ss = rows.find(({ method }) => method === 'SS-DARTS')!;
    expect(ss.cells.map(({ printed }) => printed!.mean)).toEqual([94.01, 93.77, 93.43]);
    expect(ss.cells.map(({ ours }) => ours?.epochs.mean)).toEqual([12, 17, undefined]);
    expect(ss.cells[0]!.ours!.skips.mean).toBe(0);
    const es = rows.find(({ method }) => method === 'DARTS-ES')!;
    expect(es.missing).toBeNull();
    expect(es.cells.every(({ ours }) => ours === null)).toBe(true);
    const measured = runs
      .filter(({ arm, scale }) => arm === 'sweep-.003' && scale === 'bench')
      .map((run) => ({
        ...run,
        arm: 'hessian-.003' as const,
        eigenvalues: run.alphas.map((_, epoch) => (epoch % 2 === 0 ? 1.2 ** epoch : null)),
      }));
    const row = table3(sweepArms([...runs, ...measured], 'bench'), 'CIFAR-10', null);
    const [first, second] = row.find(({ method }) => method === 'DARTS-ES')!.cells;
    expect(first!.ours!.epochs).toMatchObject({ n: 2, mean: 11 });
    expect(second!.ours).toBeNull();

    const { columns, rows: texts } = table3Text(rows, arms, 'CIFAR-10', null);
    expect(texts.every((row) => row.length === columns.length)).toBe(true);
    expect(texts.find(([method]) => method === 'SS-DARTS')!.slice(1, 7)).toEqual([
      '94.01 ± 0.29',
      '12.0 ± 0.0',
      '0.0 ± 0.0',
      '93.77 ± 0.40',
      '17',
      '0',
    ]);
  });

  test('has our accuracies where there is a table, the best cell visited among them', () => {
    const arms = sweepArms(runs, 'bench');
    const table = inventedTable((held) => 80 + count(held, 'nor_conv_3x3'));
    const rows = table3(arms, 'CIFAR-10', table);
    const { caption, columns, rows: texts } = table3Text(rows, arms, 'CIFAR-10', table);
    expect(caption).toContain('Our accuracies: invented table of nas-bench-201.');
    expect(texts.every((row) => row.length === columns.length)).toBe(true);
    const text = (name: string) => texts.find(([method]) => method === name)!;
    expect(columns.slice(1, 4)).toEqual(['.003 printed', '.003 ours', '.003 epoch (n = 2)']);
    const optimal = rows.find(({ method }) => method === 'optimal')!;
    expect(optimal.missing).toBeNull();
    const best = runs.slice(0, 2).map((run) => bestAccuracy(curvesOf(run, table)));
    expect(optimal.cells[0]!.test).toMatchObject({ n: 2, mean: (best[0]! + best[1]!) / 2 });
    expect(text('optimal')[2]).toBe(`${best[0]!.toFixed(2)} ± 0.00`);
    const ss = rows.find(({ method }) => method === 'SS-DARTS')!.cells[0]!;
    const own = ss.ours!.seeds.map(({ arch }) => table.accuracy(arch)!);
    expect(ss.test!.mean).toBe((own[0]! + own[1]!) / 2);
    // A cell that is missing leaves the row without a mean, never with that of the others.
    const gaps = inventedTable(() => undefined);
    expect(
      table3(arms, 'CIFAR-10', gaps).flatMap(({ cells }) => cells.map((one) => one.test)),
    ).toEqual(expect.not.arrayContaining([expect.anything()]));
  });

  test('leaves a rate empty whose runs cannot be pooled', () => {
    const odd = { ...runs[1]!, configDigest: 'another' };
    const [first] = sweepArms([runs[0]!, odd], 'bench');
    expect(first!.runs).toEqual([]);
    expect(first!.conflict).toMatch(/differ in configuration/);
  });

  test('pools neither what was toggled nor what is not finished', () => {
    const bad = [
      { ...runs[0]!, toggled: true },
      { ...runs[1]!, finished: false },
    ];
    expect(sweepArms(bad, 'bench')[0]!.runs).toEqual([]);
  });
});

describe('accuracies of returned cells', () => {
  const seeds = [peaked(10, 5, 0), peaked(20, 6, 1)];
  const entries = [newEntry(1, 'ss-eq12'), lineAt(50)];

  test('stand per seed and pooled where a table of the space is', () => {
    const table = inventedTable((cell) => 90 - count(cell, SKIP));
    const outcomes = outcomesOf(entries, seeds, table);
    expect(outcomes.map(({ pooled }) => pooled!.seeds.map(({ accuracy }) => accuracy))).toEqual([
      [90, 90],
      [85, 84],
    ]);
    const { caption, columns, rows } = outcomeTable(outcomes, seeds, table);
    expect(caption).toContain(table.name);
    expect(rows.every((row) => row.length === columns.length)).toBe(true);
    expect(rows[1]![columns.indexOf('accuracy')]).toBe('84.50 ± 0.71');
    const cells = cellTable(outcomes, table);
    expect(cells.rows.map((row) => row.at(-1))).toEqual(['90.00', '90.00', '85.00', '84.00']);
    expect(cells.columns.at(-1)).toBe(`accuracy (%), ${table.name}`);
  });

  test('are missing where the table is of another space or has a gap', () => {
    const other = inventedTable(() => 90, 'nas-bench-1shot1-1');
    const gaps = inventedTable((cell) => (count(cell, SKIP) === 6 ? undefined : 90));
    expect(outcomesOf(entries, seeds, other)[0]!.pooled!.accuracies).toBeNull();
    const [, line] = outcomesOf(entries, seeds, gaps);
    expect(line!.pooled!.seeds.map(({ accuracy }) => accuracy)).toEqual([90, null]);
    expect(line!.pooled!.accuracies).toBeNull();
  });
});

describe('a table as a file', () => {
  const table = {
    caption: 'A & B',
    columns: ['rule', '50 %'],
    rows: [
      ['DARTS+ (sc_2)', '1.0 ± 0.5'],
      ['=1+1, "so"', '<'],
    ],
  };

  test('CSV keeps commas and quotes, and no cell is a formula', () => {
    expect(tableCsv(table)).toBe('rule,50 %\r\nDARTS+ (sc_2),1.0 ± 0.5\r\n"\'=1+1, ""so""",<\r\n');
  });

  test('LaTeX has no character with a meaning of its own', () => {
    const text = tableLatex(table);
    expect(text).toContain('\\caption{A \\& B}');
    expect(text).toContain('\\begin{tabular}{lr}');
    expect(text).toContain('    rule & 50 \\% \\\\');
    expect(text).toContain('    DARTS+ (sc\\_2) & 1.0 $\\pm$ 0.5 \\\\');
    expect(text).toContain('\\textless{} \\\\');
  });
});
