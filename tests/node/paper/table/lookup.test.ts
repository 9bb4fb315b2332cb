import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../../../scripts/ensure.mjs';
import { marginOf, MissingAccuracy, whyUnfit } from '../../../../src/paper/accuracy-table';
import { CELL_COUNT, genotypeAtIndex } from '../../../../src/paper/benchmark-index';
import { formatGenotype } from '../../../../src/paper/genotype';
import { PRINTED_COLUMNS, PRINTED_TABLE_1 } from '../../../../src/paper/printed';
import { dominatedBy } from '../../../../src/paper/table/dominated';
import { lookupOf } from '../../../../src/paper/table/lookup';
import { TableReader } from '../../../../src/paper/table/read';
import { BENCHMARK_COLUMNS } from '../../../../src/paper/table/table';
import { inventedAccuracy, inventedCsv } from '../../../support/invented-table';

function read(text: string, source = 'invented.csv') {
  const reader = new TableReader(source);
  reader.push(text);
  return reader.end();
}

const ALL_SKIP = 1835;
const RESNET = 11472;
const arch = (index: number) => formatGenotype(genotypeAtIndex(index));
const table = read(inventedCsv());
const all = Array.from({ length: CELL_COUNT }, (_, index) => inventedAccuracy(index, 1));

test('a table judges where its margin is above the difference of two seeds', () => {
  const ours = {
    name: '',
    space: 'nas-bench-201',
    best: 47,
    floor: 42,
    accuracy: () => 45,
  } as const;
  expect(whyUnfit(ours, 0.49)).toBeNull();
  expect(whyUnfit(ours, 0.5)).toMatch(/M of 0\.50 points is no larger than .* \(0\.50, s\.d\.\)/);
  expect(whyUnfit(ours, NaN)).toMatch(/not known yet/);
  expect(whyUnfit({ ...ours, floor: NaN }, 0)).toMatch(/all-skip cell/);
});

describe('a column', () => {
  const lookup = lookupOf(table, 'cifar10_test');

  test('is named after table and column', () => {
    expect(lookup.name).toBe('invented, CIFAR-10 test');
    const plain = read(`# name: mine\n${inventedCsv(['accuracy'])}`);
    expect(lookupOf(plain, 'accuracy').name).toBe('mine');
  });

  test('gives the accuracy of an architecture string', () => {
    for (const index of [0, 77, ALL_SKIP, 15624]) {
      expect(lookup.accuracy(arch(index))).toBe(inventedAccuracy(index, 1));
    }
  });

  test('knows its best cell, its floor, the ResNet-like cell and M', () => {
    expect(lookup.best).toBe(Math.max(...all));
    expect(all[lookup.bestIndex]).toBe(lookup.best);
    expect(lookup.floor).toBe(inventedAccuracy(ALL_SKIP, 1));
    expect(lookup.resnet).toBe(inventedAccuracy(RESNET, 1));
    expect(marginOf(lookup)).toBeCloseTo(0.1 * (lookup.best - lookup.floor), 12);
  });

  test('ranks: 1 is the best, and equals share the better rank', () => {
    expect(lookup.rank(lookup.best)).toBe(1);
    for (const index of [5, 500, 5000]) {
      const value = all[index]!;
      expect(lookup.rank(value)).toBe(1 + all.filter((other) => other > value).length);
    }
  });

  test('that lacks its floor has no margin, and a gap is no accuracy', () => {
    const part = read(`# cells: 2\narch,accuracy\n${arch(1)},80\n${arch(2)},90\n`);
    const lookup = lookupOf(part, 'accuracy');
    expect(lookup.accuracy(arch(3))).toBeUndefined();
    expect(() => marginOf(lookup)).toThrow(MissingAccuracy);
    expect([lookup.rank(90), lookup.rank(85), lookup.rank(80), lookup.count]).toEqual([1, 2, 2, 2]);
    expect(() => lookupOf(part, 'in16_test')).toThrow(RangeError);
  });

  test('is one of those that the paper prints', () => {
    expect(BENCHMARK_COLUMNS.map(({ label }) => label)).toEqual(PRINTED_COLUMNS);
  });
});

describe('figure 6(a)', () => {
  test('has 265 cells for every operation', () => {
    const dominated = dominatedBy(lookupOf(table, 'cifar10_test'));
    expect(dominated.map(({ cells, summary }) => [cells, summary.n])).toEqual(
      Array(5).fill([265, 265]),
    );
    const conv3 = dominated.find(({ operation }) => operation === 'nor_conv_3x3')!;
    const own = all.filter(
      (_, index) => genotypeAtIndex(index).filter((one) => one === 'nor_conv_3x3').length >= 4,
    );
    expect(conv3.accuracies).toEqual(own.sort((a, b) => a - b));
  });

  test('tells of what a table lacks', () => {
    const part = read(`# cells: 1\narch,accuracy\n${arch(ALL_SKIP)},54.3\n`);
    const dominated = dominatedBy(lookupOf(part, 'accuracy'));
    expect(dominated.map(({ operation, summary }) => [operation, summary.n])).toContainEqual([
      'skip_connect',
      1,
    ]);
    expect(dominated.filter(({ summary }) => summary.n === 0)).toHaveLength(4);
  });
});

/* The benchmark's own table is not part of the project; where it lies beside it, known facts count. */
const BENCHMARK = path.join(ROOT, '../shared/data/nasbench201.csv');

describe.skipIf(!existsSync(BENCHMARK))('the table of the benchmark', () => {
  const benchmark = () => read(readFileSync(BENCHMARK, 'utf8'), 'nasbench201.csv');

  test('has the optimum and the all-skip cell that the paper prints', () => {
    const content = benchmark();
    const row = (method: string) => PRINTED_TABLE_1.find((one) => one.method === method)!;
    PRINTED_COLUMNS.forEach((label, at) => {
      const { best, floor } = lookupOf(content, BENCHMARK_COLUMNS[at]!.key);
      const printed = (method: string) => row(method).accuracies[at]!.mean;
      expect(floor, label).toBeCloseTo(printed('DARTS-V1'), 1);
      // The paper's ImageNet16-120 optimum is of the benchmark's first release.
      expect(best, label).toBeCloseTo(printed('optimal'), label.endsWith('120 validation') ? 0 : 1);
    });
    const test = lookupOf(content, 'cifar10_test');
    expect([test.bestIndex, test.rank(test.best), test.count]).toEqual([6111, 1, 15625]);
  });

  test('has strong cells where 3x3 convolution dominates, weak ones where skip-connect does', () => {
    const dominated = dominatedBy(lookupOf(benchmark(), 'cifar10_test'));
    const mean = (name: string) => dominated.find((one) => one.operation === name)!.summary.mean;
    expect(mean('nor_conv_3x3')).toBeGreaterThan(mean('nor_conv_1x1'));
    expect(mean('nor_conv_1x1')).toBeGreaterThan(mean('skip_connect'));
    expect(mean('skip_connect')).toBeGreaterThan(mean('none'));
  });
});
