import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alpha } from '../../../../src/paper/cell';
import { curvesOf } from '../../../../src/paper/curves';
import { deriveGenotype, formatGenotype } from '../../../../src/paper/genotype';
import { OPERATIONS } from '../../../../src/paper/operation';
import { NAS_BENCH_201 } from '../../../../src/paper/space/nas-bench-201';
import { ONE_SHOT_1 } from '../../../../src/paper/space/nas-bench-1shot1';
import { operationNames } from '../../../../src/paper/space/space';
import { rankStability, skipCount } from '../../../../src/paper/stop/darts-plus';
import { handDrawn } from '../../../../src/paper/stop/line';
import { bestVisited, poolStops } from '../../../../src/paper/stop/pool';
import { STOP_FAMILIES, TABLE_3_RULES } from '../../../../src/paper/stop/registry';
import {
  criterion,
  criterionCurve,
  onlineSelectiveStop,
  selectiveStop,
} from '../../../../src/paper/stop/selective-stop';
import { stoppedArch } from '../../../../src/paper/stop/stop';
import { count, inventedAlphas, inventedTable } from '../../../support/bench-run';
import { alphaOf } from '../arbitrary';

const SKIP = 'skip_connect';
const CONV = 'nor_conv_3x3';
const search = (alphas: readonly Alpha[]) => ({ space: NAS_BENCH_201, ops: OPERATIONS, alphas });
const searches = fc.array(alphaOf(5, 4), { minLength: 1, maxLength: 30 }).map(search);
const operation = fc.constantFrom(...OPERATIONS);

/** Alpha of one edge by operation, on all six, per epoch. */
const epochs = (...rows: readonly Readonly<Record<string, number>>[]) =>
  search(
    rows.map((row) => Array.from({ length: 6 }, () => OPERATIONS.map((name) => row[name] ?? 0))),
  );
/** `skips` edges on skip-connect, the rest on 3x3. */
const withSkips = (...skips: readonly number[]) =>
  search(
    skips.map((many) =>
      Array.from({ length: 6 }, (_, edge) => (edge < many ? [0, 1, 0, 0, 0] : [0, 0, 0, 1, 0])),
    ),
  );

describe('SS-DARTS', () => {
  it('Eq. 13 is five times Eq. 12 less one, so both stop in the same epoch', () => {
    fc.assert(
      fc.property(searches, operation, (trajectory, name) => {
        const curves = curvesOf(trajectory, null);
        const twelve = criterionCurve(12, name, curves);
        const thirteen = criterionCurve(13, name, curves);
        thirteen.forEach((value, at) => expect(value).toBeCloseTo(5 * twelve[at]! - 1, 12));
        const by12 = selectiveStop(12, name).find(trajectory).epoch;
        const by13 = selectiveStop(13, name).find(trajectory).epoch;
        // Epochs whose magnitudes differ by rounding alone are one peak.
        expect(twelve[by13 - 1]).toBeCloseTo(twelve[by12 - 1]!, 13);
      }),
    );
  });

  it('differs between the equations once an operation is left out of the sum', () => {
    expect(criterion(13, [0.5, 0.3, 0.2], 0)).toBeCloseTo(3 * 0.5 - 1, 14);
    expect(criterion(13, [0.5, 0.3], 0)).not.toBeCloseTo(3 * 0.5 - 1, 2);
  });

  it('finds the peak of the operation asked for, the first of equals', () => {
    const trajectory = epochs({ [CONV]: 1 }, { [CONV]: 3 }, { [CONV]: 3 }, { [SKIP]: 2 });
    expect(selectiveStop(12, CONV).find(trajectory)).toEqual({
      epoch: 2,
      decidedAt: 4,
      triggered: true,
    });
    expect(selectiveStop(13, SKIP).find(trajectory).epoch).toBe(4);
    expect(() => selectiveStop(12, 'maxpool3x3').find(trajectory)).toThrow(/not one of none/);
  });

  it('returns the cell of that epoch', () => {
    fc.assert(
      fc.property(searches, operation, (trajectory, name) => {
        const stop = selectiveStop(12, name).find(trajectory);
        expect(stoppedArch(trajectory, stop)).toBe(
          formatGenotype(deriveGenotype(trajectory.alphas[stop.epoch - 1]!, OPERATIONS)),
        );
      }),
    );
  });

  it('watches choice blocks in 1Shot1', () => {
    const logits = (epoch: number) => ({ 'conv3x3-bn-relu': epoch === 3 ? 2 : 1 });
    const alphas = inventedAlphas('one-shot-1', logits, 5);
    const trajectory = { space: ONE_SHOT_1, ops: operationNames(ONE_SHOT_1), alphas };
    expect(selectiveStop(12, 'conv3x3-bn-relu').find(trajectory).epoch).toBe(3);
  });
});

describe('SS online (Algorithm 1)', () => {
  it('stops after so many epochs without a new maximum, at the maximum', () => {
    const heights = [1, 2, 1.5, 1.5, 1.5, 9];
    const trajectory = epochs(...heights.map((height) => ({ [CONV]: height })));
    expect(onlineSelectiveStop(12, CONV, 3).find(trajectory)).toEqual({
      epoch: 2,
      decidedAt: 5,
      triggered: true,
    });
    expect(onlineSelectiveStop(12, CONV, 4).find(trajectory)).toEqual({
      epoch: 6,
      decidedAt: 6,
      triggered: false,
    });
  });

  it('is Algorithm 2 on the epochs it has seen', () => {
    fc.assert(
      fc.property(searches, operation, fc.integer({ min: 1, max: 6 }), (trajectory, name, k) => {
        const { epoch, decidedAt, triggered } = onlineSelectiveStop(12, name, k).find(trajectory);
        fc.pre(triggered);
        const seen = search(trajectory.alphas.slice(0, decidedAt));
        const peak = selectiveStop(12, name).find(seen).epoch;
        const curve = criterionCurve(12, name, curvesOf(seen, null));
        expect(curve[peak - 1]).toBeCloseTo(curve[epoch - 1]!, 13);
        expect(decidedAt - epoch).toBe(k);
      }),
    );
  });

  it('says the same when shown the stored epochs again, and stays stopped', () => {
    const rule = onlineSelectiveStop(13, CONV, 2);
    const { alphas } = epochs({ [CONV]: 2 }, { [CONV]: 1 }, { [CONV]: 1 }, { [CONV]: 5 });
    const first = rule.start(NAS_BENCH_201, OPERATIONS);
    const seen = alphas.map((alpha) => first.observe(alpha));
    expect(seen).toEqual([null, null, seen[2], seen[2]]);
    expect(seen[2]).toEqual({ epoch: 1, decidedAt: 3, triggered: true });
    const again = rule.start(NAS_BENCH_201, OPERATIONS);
    expect(alphas.map((alpha) => again.observe(alpha))).toEqual(seen);
  });
});

describe('DARTS+', () => {
  it('sc_k stops at the first cell with k skip-connects', () => {
    const trajectory = withSkips(0, 1, 2, 1, 4);
    expect(skipCount(2).find(trajectory)).toEqual({ epoch: 3, decidedAt: 3, triggered: true });
    expect(skipCount(4).find(trajectory).epoch).toBe(5);
    expect(skipCount(6).find(trajectory)).toEqual({ epoch: 5, decidedAt: 5, triggered: false });
  });

  it('sc_k stops no later than sc_(k+1)', () => {
    fc.assert(
      fc.property(searches, fc.integer({ min: 1, max: 5 }), (trajectory, k) => {
        const sooner = skipCount(k).find(trajectory);
        const later = skipCount(k + 1).find(trajectory);
        expect(sooner.epoch).toBeLessThanOrEqual(later.epoch);
        if (later.triggered) expect(sooner.triggered).toBe(true);
      }),
    );
  });

  it('rt_k stops when the convolutions’ order has not changed for k epochs', () => {
    const one = { nor_conv_1x1: 1 };
    const three = { [CONV]: 1 };
    const trajectory = epochs(one, three, three, one, one, one, one, three);
    expect(rankStability(1).find(trajectory).epoch).toBe(3);
    expect(rankStability(3).find(trajectory)).toEqual({ epoch: 7, decidedAt: 7, triggered: true });
    expect(rankStability(4).find(trajectory)).toEqual({ epoch: 8, decidedAt: 8, triggered: false });
  });

  it('rt_k looks at every edge, and at nothing but the convolutions', () => {
    const row = (one: number, three: number, skip: number) => [0, skip, one, three, 0];
    const still = (skip: number) => Array.from({ length: 6 }, () => row(1, 0, skip));
    expect(rankStability(2).find(search([still(0), still(5), still(-5)])).triggered).toBe(true);
    const moved = still(0).map((old, edge) => (edge === 5 ? row(0, 1, 0) : old));
    expect(rankStability(2).find(search([still(0), still(0), moved])).triggered).toBe(false);
  });

  it('rt_k never stops a search without two convolutions', () => {
    const ops = ['none', SKIP, CONV];
    const alphas = Array.from({ length: 20 }, () => Array.from({ length: 6 }, () => [0, 1, 2]));
    const stop = rankStability(2).find({ space: NAS_BENCH_201, ops, alphas });
    expect(stop).toEqual({ epoch: 20, decidedAt: 20, triggered: false });
  });

  it('rt_k stops no later than rt_(k+1)', () => {
    fc.assert(
      fc.property(searches, fc.integer({ min: 1, max: 6 }), (trajectory, k) => {
        expect(rankStability(k).find(trajectory).epoch).toBeLessThanOrEqual(
          rankStability(k + 1).find(trajectory).epoch,
        );
      }),
    );
  });
});

describe('a group of seeds', () => {
  const table = inventedTable((ops) => 54 + 6 * count(ops, CONV));

  it('has stops per seed, their spread, and the stop of the mean', () => {
    const seeds = [withSkips(0, 2, 4, 4), withSkips(0, 0, 2, 4), withSkips(0, 0, 0, 0)];
    const pooled = poolStops(skipCount(2), seeds, table);
    expect(pooled.seeds.map(({ epoch }) => epoch)).toEqual([2, 3, 4]);
    expect(pooled.triggered).toBe(2);
    expect(pooled.epochs).toMatchObject({ n: 3, mean: 3, median: 3 });
    expect(pooled.accuracies!.mean).toBeCloseTo((78 + 78 + 90) / 3, 12);
    // Means of 0, 2/3, 2 and 8/3 skip-connects.
    expect(pooled.inMean).toEqual({ epoch: 3, decidedAt: 3, triggered: true });
  });

  it('has no accuracies with a gap or without a table, and no mean of lengths that differ', () => {
    const seeds = [withSkips(0, 2), withSkips(0, 0, 2)];
    expect(poolStops(skipCount(2), seeds).accuracies).toBeNull();
    const gaps = inventedTable((ops) => (count(ops, SKIP) === 2 ? undefined : 80));
    expect(poolStops(skipCount(2), seeds, gaps).accuracies).toBeNull();
    expect(poolStops(skipCount(2), seeds).inMean).toBeNull();
    expect(poolStops(rankStability(2), [seeds[0]!]).inMean).toBeNull();
    expect(() => poolStops(skipCount(2), [])).toThrow(RangeError);
  });

  it('cannot do better than the best epoch visited', () => {
    fc.assert(
      fc.property(searches, fc.constantFrom(...TABLE_3_RULES), (trajectory, rule) => {
        const best = bestVisited(trajectory, table)!;
        const [own] = poolStops(rule, [trajectory], table).seeds;
        expect(own!.accuracy).toBeLessThanOrEqual(best.accuracy!);
      }),
    );
    const gaps = inventedTable((ops) => (count(ops, SKIP) === 2 ? undefined : 80));
    expect(bestVisited(withSkips(0, 2), gaps)).toBeNull();
  });
});

describe('the registry', () => {
  it('makes rules that stop every search at one of its epochs', () => {
    fc.assert(
      fc.property(searches, fc.constantFrom(...STOP_FAMILIES), (trajectory, family) => {
        const stop = family.make(family.defaults).find(trajectory);
        expect(stop.epoch).toBeGreaterThanOrEqual(1);
        expect(stop.epoch).toBeLessThanOrEqual(stop.decidedAt);
        expect(stop.decidedAt).toBeLessThanOrEqual(trajectory.alphas.length);
      }),
    );
  });

  it('has unique keys, and the rows of table 3', () => {
    const keys = STOP_FAMILIES.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(TABLE_3_RULES.map(({ key }) => key)).toEqual([
      'sc_2',
      'sc_3',
      'sc_4',
      'rt_10',
      'rt_2',
      'rt_3',
      'rt_4',
      'ss-eq13-nor_conv_3x3',
    ]);
  });

  it('a line by hand is where it was drawn, or at the end', () => {
    expect(handDrawn(2).find(withSkips(0, 1, 2))).toEqual({
      epoch: 2,
      decidedAt: 2,
      triggered: true,
    });
    expect(handDrawn(9).find(withSkips(0, 1, 2))).toEqual({
      epoch: 3,
      decidedAt: 3,
      triggered: false,
    });
    expect(() => stoppedArch(withSkips(0), { epoch: 2, decidedAt: 2, triggered: true })).toThrow(
      /Epoch 2 is not one of the 1/,
    );
  });
});
