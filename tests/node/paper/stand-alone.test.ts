import { describe, expect, test } from 'vitest';
import { EvaluationLayout } from '../../../src/engine/evaluation/layout';
import { sizeOf } from '../../../src/engine/kernels';
import { genotypeAtIndex } from '../../../src/paper/benchmark-index';
import { countGenotypeParameters, countMultiplyAdds } from '../../../src/paper/count';
import { formatGenotype, parseGenotype } from '../../../src/paper/genotype';
import { canonicalForm } from '../../../src/paper/isomorphism';
import { countOperations } from '../../../src/paper/magnitude';
import { OPERATIONS, type Operation } from '../../../src/paper/operation';
import { SCALES, scaleByName } from '../../../src/paper/scale';
import { tableEntries } from '../../../src/paper/scaled-table';
import { rateAt } from '../../../src/paper/schedule';
import {
  resolveStandAlone,
  standAloneMultiplyAdds,
  standAloneStepMultiplyAdds,
} from '../../../src/paper/stand-alone';

const RESNET = 11472;
const ALL_3X3 = 1462;
const ALL_SKIP = 1835;

describe('the parameters of evaluation networks', () => {
  test.each([
    [ALL_3X3, 1_531_546],
    [RESNET, 559_386],
    [ALL_SKIP, 73_306],
  ])('cell %i at full scale has %i, each in one place', (index, count) => {
    const genotype = genotypeAtIndex(index);
    const layout = new EvaluationLayout({
      genotype,
      channels: 16,
      cells: 5,
      resolution: 32,
      classes: 10,
    });
    expect(layout.count).toBe(count);
    expect(countGenotypeParameters(genotype, { channels: 16, cells: 5 })).toBe(count);
    const taken = new Uint8Array(layout.size);
    for (const { shape, place } of layout.parameters) {
      for (let i = 0; i < sizeOf(shape); i++) taken[place(i)]! += 1;
    }
    expect(taken.every((times) => times <= 1)).toBe(true);
    for (const { offset } of layout.norms.values()) expect(offset % 64).toBe(0);
    // A mean and a variance for each scale of a batch norm.
    const scales = layout.parameters.filter(
      ({ fanIn, constant }) => fanIn === null && constant === 1,
    );
    const channels = scales.map(({ shape }) => shape[0]!);
    expect([...layout.norms.values()].map((norm) => norm.channels)).toEqual(channels);
    const ones = layout.initialStatistics().reduce((a, b) => a + b, 0);
    expect(ones).toBe(channels.reduce((a, b) => a + b, 0));
  });
});

describe('a schedule at a scale', () => {
  test("is the benchmark's at full scale, and the short one takes the scale's batch", () => {
    expect(resolveStandAlone('benchmark', scaleByName('paper'))).toMatchObject({
      images: 50_000,
      epochs: 200,
      batch: 256,
      weights: { rate: 0.1, rateMin: 0, momentum: 0.9, decay: 5e-4 },
    });
    expect(resolveStandAlone('short', scaleByName('bench'))).toMatchObject({
      images: 4096,
      epochs: 12,
      batch: 32,
    });
    expect(resolveStandAlone('benchmark', scaleByName('c4-n1-r8-i16-b16')).batch).toBe(32);
  });

  test('anneals the rate towards 0', () => {
    const { weights, epochs } = resolveStandAlone('short', scaleByName('bench'));
    const rates = Array.from({ length: epochs }, (_, epoch) => rateAt(weights, epoch, epochs));
    expect(rates[0]).toBe(0.1);
    expect(rates.at(-1)!).toBeCloseTo(0.05 * (1 + Math.cos((11 / 12) * Math.PI)), 12);
  });

  test.each(SCALES)('costs three passes a step: $name', (scale) => {
    const arch = formatGenotype(Array<Operation>(6).fill('nor_conv_3x3'));
    const { channels, cells, resolution, batch } = scale;
    const step = standAloneStepMultiplyAdds(arch, { channels, cells, resolution, batch });
    // The supernet with this operation alone.
    const network = { channels, cells, resolution, batch, ops: ['nor_conv_3x3'] } as const;
    expect(step).toBe(3 * countMultiplyAdds(network));
    const config = resolveStandAlone('short', scale);
    const steps = (config.epochs * config.images) / config.batch;
    const own = standAloneStepMultiplyAdds(arch, config);
    const test = standAloneMultiplyAdds(arch, config) - steps * own;
    expect(test / (10_000 * (own / config.batch / 3))).toBeCloseTo(1, 6);
  });
});

describe('the order of the table', () => {
  const archOf = (index: number) => formatGenotype(genotypeAtIndex(index));
  const visited = [ALL_3X3, RESNET].map(archOf);
  const elsewhere = [RESNET, ALL_SKIP].map(archOf);
  const entries = tableEntries(visited, elsewhere, 2);

  test('has every class of isomorphic cells once, visited ones with more seeds', () => {
    const first = entries.filter(({ seed }) => seed === 0);
    expect(first).toHaveLength(6466);
    expect(new Set(first.map(({ form }) => form)).size).toBe(6466);
    for (const { arch, form } of first.slice(0, 1000))
      expect(canonicalForm(parseGenotype(arch))).toBe(form);
    const again = entries.filter(({ seed }) => seed === 1);
    expect(again.map(({ part }) => part)).toEqual(['seed noise', 'further seeds']);
  });

  test('begins with every tenth visited cell, with two seeds', () => {
    const many = Array.from({ length: 200 }, (_, index) => archOf(77 * index));
    const order = tableEntries(many, [ALL_SKIP].map(archOf), 3);
    const visited = tableEntries(many, [], 1).filter(({ part }) => part === 'visited');
    const early = order.filter(({ part }) => part === 'seed noise');
    expect(early).toEqual(order.slice(0, early.length));
    const tenths = visited.flatMap(({ form }, at) => (at % 10 === 0 ? [form] : []));
    expect(early.map(({ form }) => form)).toEqual([...tenths, ...tenths]);
    expect(early.map(({ seed }) => seed)).toEqual([...tenths.map(() => 0), ...tenths.map(() => 1)]);
    // Each cell has each seed once, whatever the part.
    const seeds = order.filter(({ form }) => form === early[1]!.form).map(({ seed }) => seed);
    expect(seeds).toEqual([0, 1, 2]);
  });

  test('begins with what was visited, and has the cells of figure 6(a) before the rest', () => {
    const parts = entries.map(({ part, seed }) => `${part} ${seed}`);
    const runs = parts.filter((part, at) => part !== parts[at - 1]);
    expect(runs).toEqual([
      'seed noise 0',
      'seed noise 1',
      'visited 0',
      'visited elsewhere 0',
      'figure 6(a) 0',
      'further seeds 1',
      'rest 0',
    ]);
    const measured = new Set(entries.filter(({ part }) => part !== 'rest').map(({ form }) => form));
    for (const operation of OPERATIONS) {
      const dominated = Array.from({ length: 15_625 }, (_, i) => genotypeAtIndex(i)).filter(
        (genotype) => countOperations(genotype)[operation] >= 4,
      );
      expect(dominated).toHaveLength(265);
      expect(dominated.every((genotype) => measured.has(canonicalForm(genotype)))).toBe(true);
    }
  });

  test('trains the same cell of a class whatever was visited', () => {
    const other = tableEntries([], [], 1);
    const by = new Map(other.map(({ form, arch }) => [form, arch]));
    expect(entries.every(({ form, arch }) => by.get(form) === arch)).toBe(true);
    expect(other.slice(0, 2).map(({ form, part }) => [form, part])).toEqual([
      [canonicalForm(genotypeAtIndex(RESNET)), 'reference'],
      [expect.any(String), 'figure 6(a)'],
    ]);
  });
});
