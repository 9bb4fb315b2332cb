import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/data/random';
import { CELL_COUNT } from '../../../src/paper/benchmark-index';
import { mean } from '../../../src/paper/statistics';
import { TableReader } from '../../../src/paper/table/read';
import { TABLE_SEARCHERS } from '../../../src/paper/tabular/registry';
import { mutate, POPULATION } from '../../../src/paper/tabular/regularised-evolution';
import { repeatSearch, tabularTask, type TabularTask } from '../../../src/paper/tabular/repeat';
import {
  choiceAt,
  indexOf,
  Trials,
  USUAL_BUDGET,
  type TableSearcher,
} from '../../../src/paper/tabular/trials';
import { inventedAccuracy, inventedCsv } from '../../support/invented-table';

const SCORES = Float64Array.from({ length: CELL_COUNT }, (_, index) => inventedAccuracy(index));
const named = (key: string) => TABLE_SEARCHERS.find((one) => one.key === key)!;
const draws = (repeat: number) => RandomStream.named(7, `tabular ${repeat}`);
const contentOf = (text: string) => {
  const reader = new TableReader('invented.csv');
  reader.push(text);
  return reader.end();
};

function finished<Result>(searches: Generator<unknown, Result>): Result {
  let next = searches.next();
  while (!next.done) next = searches.next();
  return next.value;
}

const repeated = (searcher: TableSearcher, task: TabularTask, repeats: number) =>
  finished(repeatSearch(searcher, task, { repeats, budget: USUAL_BUDGET }, draws));

/** The cells that a search asked for, as choices. */
function asked(key: string, seed: number, budget = USUAL_BUDGET) {
  const trials = new Trials(SCORES, budget);
  named(key).search(trials, RandomStream.named(seed, key));
  return { trials, cells: trials.history.map(choiceAt) };
}

const seed = fc.integer({ min: 0, max: 1e6 });
const distance = (a: readonly number[], b: readonly number[]) =>
  a.filter((place, edge) => place !== b[edge]).length;

it('a choice and its architecture index are each other’s', () => {
  for (let index = 0; index < CELL_COUNT; index += 7) {
    expect(indexOf(choiceAt(index))).toBe(index);
  }
});

describe.each(TABLE_SEARCHERS)('$title', ({ key }) => {
  it('spends its budget and no more, and the best it saw counts', () => {
    fc.assert(
      fc.property(seed, fc.integer({ min: 1, max: 120 }), (start, budget) => {
        const { trials } = asked(key, start, budget);
        expect(trials.history).toHaveLength(budget);
        expect(trials.isSpent).toBe(true);
        expect(() => trials.evaluate(choiceAt(0))).toThrow(RangeError);
        const scores = trials.history.map((index) => SCORES[index]!);
        expect(SCORES[trials.best]).toBe(Math.max(...scores));
        expect(trials.best).toBe(trials.history[scores.indexOf(Math.max(...scores))]);
      }),
      { numRuns: 25 },
    );
  });

  it('is a function of its seed', () => {
    expect(asked(key, 3).trials.history).toEqual(asked(key, 3).trials.history);
    expect(asked(key, 3).trials.history).not.toEqual(asked(key, 4).trials.history);
  });

  it('with a larger budget does the same at first, so that the best so far never falls', () => {
    const long = asked(key, 5, 90).trials;
    const short = asked(key, 5, 40).trials;
    expect(long.history.slice(0, 40)).toEqual(short.history);
    expect(SCORES[long.best]).toBeGreaterThanOrEqual(SCORES[short.best]!);
  });
});

describe('RS', () => {
  it('finds what the largest of so many draws is expected to be', () => {
    const sorted = SCORES.toSorted();
    // P(best of 100 is at most the i-th) = ((i + 1) / N)^100.
    let expected = 0;
    let square = 0;
    for (let i = 0; i < CELL_COUNT; i++) {
      const share = ((i + 1) / CELL_COUNT) ** USUAL_BUDGET - (i / CELL_COUNT) ** USUAL_BUDGET;
      expected += share * sorted[i]!;
      square += share * sorted[i]! ** 2;
    }
    const found = Array.from({ length: 400 }, (_, at) => SCORES[asked('rs', at).trials.best]!);
    const error = Math.sqrt((square - expected ** 2) / found.length);
    expect(Math.abs(mean(found) - expected)).toBeLessThan(4 * error);
  });
});

describe('REA', () => {
  it('changes exactly one edge, each into node 1, 2 and 3 as often as it should', () => {
    const counts = [0, 0, 0, 0, 0, 0];
    const stream = RandomStream.named(1, 'mutations');
    const cell = [0, 1, 2, 3, 4, 0];
    const total = 9000;
    for (let at = 0; at < total; at++) {
      const child = mutate(cell, stream);
      expect(distance(cell, child)).toBe(1);
      counts[child.findIndex((place, edge) => place !== cell[edge])]!++;
    }
    [3, 6, 6, 9, 9, 9].forEach((part, edge) => {
      const p = 1 / part;
      const spread = Math.sqrt(total * p * (1 - p));
      expect(Math.abs(counts[edge]! - total * p)).toBeLessThan(4 * spread);
    });
  });

  it('has only children of the ten that are alive: the oldest goes, however good', () => {
    for (const start of [1, 2, 3, 4, 5]) {
      const { cells } = asked('rea', start);
      for (let at = POPULATION; at < cells.length; at++) {
        const alive = cells.slice(at - POPULATION, at);
        expect(alive.some((parent) => distance(parent, cells[at]!) === 1)).toBe(true);
      }
    }
  });
});

describe('REINFORCE', () => {
  it('comes to draw good cells', () => {
    const runs = Array.from({ length: 40 }, (_, at) =>
      asked('reinforce', at).trials.history.map((index) => SCORES[index]!),
    );
    const part = (from: number, to: number) => mean(runs.flatMap((run) => run.slice(from, to)));
    expect(part(80, 100)).toBeGreaterThan(part(0, 20) + 3);
  });
});

describe('BOHB', () => {
  it('halves: nine cells, the best three again, then the best', () => {
    const { history } = asked('bohb', 2).trials;
    const best = (indices: readonly number[], count: number) =>
      indices.toSorted((a, b) => SCORES[b]! - SCORES[a]!).slice(0, count);
    expect(history.slice(9, 12)).toEqual(best(history.slice(0, 9), 3));
    expect(history.slice(12, 13)).toEqual(best(history.slice(9, 12), 1));
    // The next bracket: three, the best again; the last: three at the largest budget.
    expect(history.slice(16, 17)).toEqual(best(history.slice(13, 16), 1));
  });

  it('comes to propose good cells', () => {
    const runs = Array.from({ length: 40 }, (_, at) =>
      asked('bohb', at).trials.history.map((index) => SCORES[index]!),
    );
    const part = (from: number, to: number) => mean(runs.flatMap((run) => run.slice(from, to)));
    expect(part(60, 100)).toBeGreaterThan(part(0, 9) + 2);
  });
});

describe('a table to be searched', () => {
  it('is searched by CIFAR-10 validation and judged by its test columns', () => {
    const task = tabularTask(contentOf(inventedCsv())) as TabularTask;
    expect(task.searched.key).toBe('cifar10_valid');
    expect(task.reported.map(({ column }) => column.label)).toEqual([
      'CIFAR-10 test',
      'CIFAR-100 test',
      'ImageNet16-120 test',
    ]);
    const result = repeated(named('rs'), task, 5);
    expect(result.accuracies.map(({ n }) => n)).toEqual([5, 5, 5]);
    // The invented columns lie three points apart.
    const [one, two] = result.accuracies;
    expect(one!.mean - two!.mean).toBeCloseTo(6, 1);
  });

  it('serves for both where it has one column', () => {
    const task = tabularTask(contentOf(inventedCsv(['accuracy']))) as TabularTask;
    expect([task.searched.key, task.reported[0]!.column.key]).toEqual(['accuracy', 'accuracy']);
  });

  it('is refused in words where something is missing', () => {
    const lines = inventedCsv().trimEnd().split('\n');
    const fewer = ['# cells: 15622', ...lines.slice(0, -3)].join('\n');
    expect(tabularTask(contentOf(fewer))).toContain(
      'lacks CIFAR-10 validation of 3 of 15625 cells',
    );
    const tests = contentOf(inventedCsv(['cifar10_test', 'cifar100_test']));
    expect(tabularTask(tests)).toContain('no column of CIFAR-10 validation accuracies');
    const valid = contentOf(inventedCsv(['cifar10_valid', 'cifar100_valid']));
    expect(tabularTask(valid)).toContain('no column of test accuracies');
  });
});

/** The benchmark's own table is no part of the project; where it lies beside it, it is searched. */
const BENCHMARK = new URL('../../../../shared/data/nasbench201.csv', import.meta.url);

describe.skipIf(!existsSync(BENCHMARK))('the benchmark’s table', () => {
  it('is searched as well as the paper prints it', async () => {
    const task = tabularTask(contentOf(await readFile(BENCHMARK, 'utf8'))) as TabularTask;
    for (const searcher of TABLE_SEARCHERS) {
      const test = repeated(searcher, task, 60).accuracies[0]!;
      // Table 1: REA 93.92 ± .30, RS 93.70 ± .36, REINFORCE 93.85 ± .37, BOHB 93.61 ± .52; best 94.37.
      expect(test.mean, searcher.title).toBeGreaterThan(93.3);
      expect(test.max, searcher.title).toBeLessThanOrEqual(94.38);
    }
  });
});
