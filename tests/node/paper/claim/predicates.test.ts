import { describe, expect, it } from 'vitest';
import type { AccuracyTable } from '../../../../src/paper/accuracy-table';
import type { ClaimId } from '../../../../src/paper/claim/claim';
import { judge } from '../../../../src/paper/claim/judge';
import { claimById } from '../../../../src/paper/claim/registry';
import type { ArmKey } from '../../../../src/paper/experiment/arm';
import {
  count,
  held,
  inventedRuns,
  inventedTable,
  tent,
  type Logits,
} from '../../../support/bench-run';

type Arms = Partial<Record<ArmKey, Logits>>;

const SEEDS = [0, 1, 2, 3, 4];
const SKIP = 'skip_connect';

/** The outcome of five equal seeds. */
function outcome(id: ClaimId, arms: Arms, tables: readonly AccuracyTable[] = []): string {
  return judge(claimById(id), inventedRuns(SEEDS, arms), { tables }).outcome;
}

/** Skip-connect grows from nothing and holds `count` edges at the end; collapses at `at`. */
const collapse =
  (edges = 6, at = 20): Logits =>
  (epoch, choice) => ({
    nor_conv_3x3: 1,
    [SKIP]: choice < edges ? epoch / at : 0,
  });

/** 3x3 convolution throughout, `skips` edges lost to skip-connect. */
const healthy = (skips = 0): Logits => held(SKIP, skips);

/** More 3x3 convolutions are better, by 6 points each: six give 90, none 54. */
const CONVS = inventedTable((ops) => 54 + 6 * count(ops, 'nor_conv_3x3'));

describe('baseline', () => {
  it('is seen when skip-connect takes the cell over', () => {
    expect(outcome('baseline', { baseline: collapse() })).toBe('seen');
    expect(outcome('baseline', { baseline: collapse(4) })).toBe('seen');
  });

  it('is not seen with three skip-connects, with another leader, or when the magnitude falls', () => {
    expect(outcome('baseline', { baseline: collapse(3) })).toBe('not seen');
    const led: Logits = (epoch, choice) =>
      choice < 4 ? { [SKIP]: epoch / 100, none: epoch / 200 } : { none: 20 };
    expect(outcome('baseline', { baseline: led })).toBe('not seen');
    const falling: Logits = (epoch) => ({ [SKIP]: 3 - epoch / 50 });
    expect(outcome('baseline', { baseline: falling })).toBe('not seen');
    // High above its start, but lower than at half time.
    const past: Logits = (epoch) => ({ [SKIP]: epoch <= 25 ? epoch / 10 : 3 - epoch / 50 });
    expect(outcome('baseline', { baseline: past })).toBe('not seen');
  });

  it('with a table asks for a loss of more than the margin as well', () => {
    expect(outcome('baseline', { baseline: collapse() }, [CONVS])).toBe('seen');
    const flat = inventedTable((ops) => 90 - 0.5 * count(ops, SKIP));
    expect(outcome('baseline', { baseline: collapse() }, [flat])).toBe('not seen');
  });
});

describe('OS.1', () => {
  const arms = (change: Arms = {}): Arms => ({
    baseline: collapse(),
    'warmup-10': collapse(),
    'warmup-20': collapse(5),
    'warmup-30': collapse(),
    'warmup-100': collapse(4),
    'l2-.005': collapse(),
    'l2-.01': collapse(),
    ...change,
  });

  it('is seen when every arm collapses', () => {
    expect(outcome('OS.1', arms())).toBe('seen');
    const { effect } = judge(claimById('OS.1'), inventedRuns(SEEDS, arms()));
    expect(effect).toMatchObject({ mean: 4, std: 0, unit: 'edges' });
  });

  it('is not seen when one arm keeps three edges, or gains accuracy', () => {
    expect(outcome('OS.1', arms({ 'l2-.01': collapse(3) }))).toBe('not seen');
    expect(outcome('OS.1', arms(), [CONVS])).toBe('not seen');
    const flat = inventedTable((ops) => (count(ops, SKIP) > 3 ? 54 : 90));
    expect(outcome('OS.1', arms(), [flat])).toBe('seen');
  });

  it('is not comparable when the baseline does not degrade', () => {
    expect(outcome('OS.1', arms({ baseline: healthy() }))).toBe('not comparable');
  });
});

describe('OS.2', () => {
  const arms = (change: Arms = {}): Arms => ({
    baseline: collapse(6, 30),
    'warmup-10': collapse(6, 20),
    'warmup-20': collapse(6, 20),
    'warmup-30': collapse(6, 9),
    'warmup-100': collapse(6, 4),
    ...change,
  });

  it('is seen when collapse comes ever earlier', () => {
    expect(outcome('OS.2', arms())).toBe('seen');
    const { effect } = judge(claimById('OS.2'), inventedRuns(SEEDS, arms()));
    expect(effect).toMatchObject({ mean: 26, unit: 'epochs' });
  });

  it('is not seen when one comes later, none moves, or the last is slow', () => {
    expect(outcome('OS.2', arms({ 'warmup-20': collapse(6, 25) }))).toBe('not seen');
    const level = collapse(6, 4);
    const equal = { baseline: level, 'warmup-10': level, 'warmup-20': level, 'warmup-30': level };
    expect(outcome('OS.2', arms(equal))).toBe('not seen');
    expect(
      outcome('OS.2', arms({ 'warmup-30': collapse(6, 8), 'warmup-100': collapse(6, 7) })),
    ).toBe('not seen');
  });

  it('is not seen when nothing ever collapses', () => {
    const none = healthy();
    const arm = { baseline: none, 'warmup-10': none, 'warmup-20': none, 'warmup-30': none };
    expect(outcome('OS.2', { ...arm, 'warmup-100': none })).toBe('not seen');
  });
});

describe('OS.3', () => {
  const arms = (...skips: readonly number[]): Arms => ({
    baseline: collapse(skips[0]),
    'alpha-.001': healthy(skips[1]),
    'alpha-.002': healthy(skips[2]),
    'alpha-.003': healthy(skips[3]),
  });

  it('is seen when skip-connects never rise and fall in the end', () => {
    expect(outcome('OS.3', arms(6, 5, 5, 2))).toBe('seen');
  });

  it('is not seen when they rise on the way or stay', () => {
    expect(outcome('OS.3', arms(6, 3, 4, 2))).toBe('not seen');
    expect(outcome('OS.3', arms(6, 6, 6, 6))).toBe('not seen');
  });

  it('with a table goes by accuracy, and allows the margin on the way', () => {
    const flatter = inventedTable((ops) => 60 + 3 * count(ops, 'nor_conv_3x3'));
    expect(outcome('OS.3', arms(6, 3, 4, 2), [flatter])).toBe('seen');
    expect(outcome('OS.3', arms(6, 3, 5, 2), [flatter])).toBe('not seen');
    expect(outcome('OS.3', arms(6, 6, 6, 5), [flatter])).toBe('not seen');
  });
});

describe('OS.4', () => {
  it('is seen when the swapped search keeps at most one skip-connect', () => {
    expect(outcome('OS.4', { baseline: collapse(), swapped: healthy(1) })).toBe('seen');
    expect(outcome('OS.4', { baseline: collapse(), swapped: healthy(2) })).toBe('not seen');
  });

  it('with a table asks that it ends near its best and above the baseline', () => {
    expect(outcome('OS.4', { baseline: collapse(), swapped: healthy(1) }, [CONVS])).toBe('seen');
    const late: Logits = (epoch) => ({ nor_conv_3x3: 25, none: epoch });
    expect(outcome('OS.4', { baseline: collapse(), swapped: late }, [CONVS])).toBe('not seen');
    const level = inventedTable((ops) =>
      count(ops, SKIP) === 6 ? 80 : count(ops, SKIP) > 0 ? 95 : 83,
    );
    expect(outcome('OS.4', { baseline: collapse(5), swapped: healthy(0) }, [level])).toBe(
      'not comparable',
    );
  });
});

describe('OS.5', () => {
  const arms: Arms = { baseline: collapse(), 'no-skip': held('nor_conv_1x1', 2) };

  it('needs a table', () => {
    const verdict = judge(claimById('OS.5'), inventedRuns(SEEDS, arms));
    expect(verdict.outcome).toBe('not comparable');
    expect(verdict.sentence).toContain('no accuracy table');
  });

  it('is seen when the search without skip-connect stays near its best', () => {
    expect(outcome('OS.5', arms, [CONVS])).toBe('seen');
    const { sentence } = judge(claimById('OS.5'), inventedRuns(SEEDS, arms), { tables: [CONVS] });
    expect(sentence).toContain('Control: ');
    expect(sentence).toContain('10.0 points without skip-connect');
  });

  it('is not seen when it degrades too, or is no better', () => {
    const late: Logits = (epoch) => ({ nor_conv_3x3: 25, none: epoch });
    expect(outcome('OS.5', { ...arms, 'no-skip': late }, [CONVS])).toBe('not seen');
    const poor = held('avg_pool_3x3', 6);
    expect(outcome('OS.5', { ...arms, 'no-skip': poor }, [CONVS])).toBe('not seen');
  });

  it('is not comparable where the table lacks a cell', () => {
    const gaps = inventedTable((ops) => (ops.includes('nor_conv_1x1') ? undefined : 80));
    expect(outcome('OS.5', arms, [gaps])).toBe('not comparable');
  });
});

describe('OS.6', () => {
  const order =
    (first: string, second: string, third: string): Logits =>
    (epoch) => ({
      [first]: tent(5, 2)(epoch),
      [second]: tent(20, 2)(epoch),
      [third]: tent(45, 2)(epoch),
    });

  it('is seen when average pooling leads first and 3×3 convolution next', () => {
    const arms = { swapped: order('avg_pool_3x3', 'nor_conv_3x3', SKIP) };
    expect(outcome('OS.6', arms)).toBe('seen');
    const { effect } = judge(claimById('OS.6'), inventedRuns(SEEDS, arms));
    expect(effect!.mean).toBeGreaterThan(0);
  });

  it('is not seen in any other order, nor with one leader', () => {
    expect(outcome('OS.6', { swapped: order('nor_conv_3x3', 'avg_pool_3x3', SKIP) })).toBe(
      'not seen',
    );
    expect(outcome('OS.6', { swapped: order('avg_pool_3x3', SKIP, 'nor_conv_3x3') })).toBe(
      'not seen',
    );
    expect(outcome('OS.6', { swapped: held('avg_pool_3x3', 6) })).toBe('not seen');
  });
});

describe('OS.7', () => {
  const stages =
    (average: number, conv: number, skip: number): Logits =>
    (epoch) => ({
      avg_pool_3x3: tent(average, 2)(epoch),
      nor_conv_3x3: tent(conv, 2)(epoch),
      [SKIP]: tent(skip, 3)(epoch),
    });

  it('is seen when the three stages follow each other', () => {
    expect(outcome('OS.7', { long: stages(60, 200, 500) })).toBe('seen');
    expect(outcome('OS.7', { long: stages(60, 200, 500) }, [CONVS])).toBe('seen');
  });

  it('is not seen in another order, without the end, or without a loss', () => {
    expect(outcome('OS.7', { long: stages(200, 60, 500) })).toBe('not seen');
    expect(outcome('OS.7', { long: stages(60, 500, 200) })).toBe('not seen');
    const flat = inventedTable((ops) => 90 - 0.5 * count(ops, SKIP));
    expect(outcome('OS.7', { long: stages(60, 200, 500) }, [flat])).toBe('not seen');
  });
});

describe('OS.8, OS.9 and HP.3', () => {
  const [POOL, CONV3, CONV1] = ['maxpool3x3', 'conv3x3-bn-relu', 'conv1x1-bn-relu'] as const;
  const turns =
    (conv3: number, pool: number, conv1: number): Logits =>
    (epoch) => ({
      [CONV3]: tent(conv3, 2)(epoch),
      [POOL]: tent(pool, 2)(epoch),
      [CONV1]: tent(conv1, 2)(epoch),
    });
  const good = turns(50, 200, 500);
  const arms = (change: Arms = {}): Arms => ({
    'one-shot-1': good,
    'one-shot-2': good,
    'one-shot-3': good,
    ...change,
  });
  const tables = (loss: number) =>
    ([1, 2, 3] as const).map((number) =>
      inventedTable(
        (ops) => 90 - (loss * count(ops, CONV1)) / ops.length,
        `nas-bench-1shot1-${number}`,
      ),
    );

  it('the order is seen when it holds in all three spaces', () => {
    expect(outcome('OS.8', arms())).toBe('seen');
    expect(outcome('HP.3', arms())).toBe('seen');
    expect(outcome('OS.8', arms({ 'one-shot-2': turns(200, 50, 500) }))).toBe('not seen');
    expect(outcome('OS.8', arms({ 'one-shot-3': turns(50, 400, 401) }))).toBe('seen');
    expect(outcome('HP.3', arms({ 'one-shot-1': turns(50, 500, 200) }))).toBe('not seen');
  });

  it('too few seeds while a space is missing', () => {
    expect(outcome('OS.8', { 'one-shot-1': good, 'one-shot-2': good })).toBe('too few seeds');
  });

  it('the degradation is mild between nothing and the margin', () => {
    expect(outcome('OS.9', arms())).toBe('not comparable');
    expect(outcome('OS.9', arms(), tables(3).slice(1))).toBe('not comparable');
    expect(outcome('OS.9', arms(), tables(3))).toBe('seen');
    expect(outcome('OS.9', arms(), tables(0))).toBe('not seen');
    expect(outcome('OS.9', arms(), tables(10))).toBe('not seen');
  });
});
