import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MissingAccuracy } from '../../../src/paper/accuracy-table';
import type { Alpha } from '../../../src/paper/cell';
import {
  accuracyAt,
  bestAccuracy,
  collapseEpoch,
  curvesOf,
  heldAt,
  leaderAt,
  magnitudeAt,
  meanCurves,
  meanHeld,
  peakEpoch,
  phases,
} from '../../../src/paper/curves';
import {
  countOperations,
  leadingOperation,
  operationMagnitude,
} from '../../../src/paper/magnitude';
import { deriveGenotype } from '../../../src/paper/genotype';
import { OPERATIONS } from '../../../src/paper/operation';
import { NAS_BENCH_201 } from '../../../src/paper/space/nas-bench-201';
import { count, inventedTable } from '../../support/bench-run';
import { alphaOf } from './arbitrary';

const SKIP = 'skip_connect';
const trajectory = (alphas: readonly Alpha[]) => ({
  space: NAS_BENCH_201,
  ops: OPERATIONS,
  alphas,
});
const alphas = fc.array(alphaOf(5, 8), { minLength: 1, maxLength: 8 });
/** Six equal edges per epoch, from the alphas of one edge. */
const edges = (...rows: readonly (readonly number[])[]) =>
  curvesOf(trajectory(rows.map((row) => Array<readonly number[]>(6).fill(row))), null);

describe('curves of a search', () => {
  it('are magnitude, derived cell and leader of every epoch', () => {
    fc.assert(
      fc.property(alphas, (list) => {
        const curves = curvesOf(trajectory(list), null);
        list.forEach((alpha, at) => {
          const magnitudes = operationMagnitude(alpha);
          const counts = countOperations(deriveGenotype(alpha, OPERATIONS));
          OPERATIONS.forEach((operation, column) => {
            expect(magnitudeAt(curves, operation, at + 1)).toBeCloseTo(magnitudes[column]!, 12);
            expect(heldAt(curves, operation, at + 1)).toBe(counts[operation]);
          });
          const [first, second] = magnitudes.toSorted((a, b) => b - a);
          if (first! - second! > 1e-9) {
            expect(leaderAt(curves, at + 1)).toBe(leadingOperation(alpha, OPERATIONS));
          }
        });
      }),
    );
  });

  it('of seeds that are alike have themselves as mean', () => {
    fc.assert(
      fc.property(alphas, fc.integer({ min: 1, max: 5 }), (list, seeds) => {
        const curves = curvesOf(trajectory(list), null);
        const mean = meanCurves(Array(seeds).fill(curves));
        OPERATIONS.forEach((operation) =>
          list.forEach((_, at) => {
            expect(heldAt(mean, operation, at + 1)).toBeCloseTo(
              heldAt(curves, operation, at + 1),
              9,
            );
            expect(magnitudeAt(mean, operation, at + 1)).toBeCloseTo(
              magnitudeAt(curves, operation, at + 1),
              9,
            );
          }),
        );
      }),
    );
  });

  it('have a mean of counts that is no whole number', () => {
    const mean = meanCurves([edges([0, 1, 0, 0, 0]), edges([0, 0, 1, 0, 0])]);
    expect(heldAt(mean, SKIP, 1)).toBe(3);
    expect(mean.accuracy).toBeNull();
    expect(() =>
      meanCurves([edges([0, 1, 0, 0, 0]), edges([0, 0, 1, 0, 0], [0, 0, 1, 0, 0])]),
    ).toThrow(/one length/);
    expect(() => meanCurves([])).toThrow(RangeError);
    expect(() => curvesOf(trajectory([]), null)).toThrow(/without epochs/);
  });

  it('know what an operation outside the search holds: nothing', () => {
    const curves = edges([0, 1, 0, 0, 0]);
    expect(heldAt(curves, 'maxpool3x3', 1)).toBe(0);
    expect(magnitudeAt(curves, 'maxpool3x3', 1)).toBe(0);
    expect(peakEpoch(curves, 'maxpool3x3')).toBe(1);
  });
});

describe('what predicates read from curves', () => {
  const skip = [0, 2, 0, 0, 0];
  const conv = [0, 0, 0, 2, 0];

  it('phases without repeats', () => {
    expect(phases(edges(skip, skip, conv, skip, skip))).toEqual([SKIP, 'nor_conv_3x3', SKIP]);
  });

  it('the first of equal peaks', () => {
    expect(peakEpoch(edges(conv, skip, conv, skip), SKIP)).toBe(2);
  });

  it('a collapse that lasts to the end', () => {
    expect(collapseEpoch(edges(skip, conv, skip, skip), SKIP, 4)).toBe(3);
    expect(collapseEpoch(edges(skip, skip), SKIP, 4)).toBe(1);
    expect(collapseEpoch(edges(skip, conv), SKIP, 4)).toBe(3);
  });

  it('what is held over the first epochs', () => {
    expect(meanHeld(edges(skip, conv, conv, conv), SKIP, 2)).toBe(3);
    expect(meanHeld(edges(skip, conv, conv, conv), SKIP, 10)).toBe(1.5);
  });

  it('accuracies, or that one is missing', () => {
    const table = inventedTable((ops) => (count(ops, SKIP) === 6 ? undefined : 80));
    const list = [conv, skip].map((row) => Array<readonly number[]>(6).fill(row));
    const curves = curvesOf(trajectory(list), table);
    expect(accuracyAt(curves, 1)).toBe(80);
    expect(() => accuracyAt(curves, 2)).toThrow(MissingAccuracy);
    expect(() => bestAccuracy(curves)).toThrow(MissingAccuracy);
    expect(() => accuracyAt(curvesOf(trajectory(list), null), 1)).toThrow(MissingAccuracy);
    expect(bestAccuracy(curvesOf(trajectory(list.slice(0, 1)), table))).toBe(80);
  });
});
