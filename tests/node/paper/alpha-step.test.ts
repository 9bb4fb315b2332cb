import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alphaSteps } from '../../../src/paper/alpha-step';
import { alphaOf } from './arbitrary';

const even = (value: number) =>
  Array.from({ length: 6 }, () => [value, value, value, value, value]);

describe('alpha’s mean step', () => {
  it('is the number of rates that an operation moved beside the others of its row', () => {
    // Ten steps at rate .1: one operation of every row rises by half a rate a step.
    const after = even(0).map((row) => row.map((_, column) => (column === 1 ? 0.5 : 0)));
    const found = alphaSteps(even(0), after, 0.1, 10);
    expect(found.map((value) => value.toFixed(12))).toEqual(
      [-0.1, 0.4, -0.1, -0.1, -0.1].map((value) => value.toFixed(12)),
    );
  });

  it('is that of Adam’s steps: with a gradient of one sign each is about the rate', () => {
    const [rate, steps] = [3e-4, 64];
    const moved = [1, -1, 1, -1, 0].map((sign) => sign * rate * steps);
    const after = even(0).map(() => moved);
    const [first, second] = alphaSteps(even(0), after, rate, steps);
    expect(first).toBeCloseTo(1, 12);
    expect(second).toBeCloseTo(-1, 12);
  });

  it('sums to zero, turns with the direction, and does not see what moves a whole row', () => {
    const rate = fc.double({ min: 1e-4, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        alphaOf(5, 2),
        alphaOf(5, 2),
        rate,
        fc.double({ min: -5, max: 5, noNaN: true }),
        (a, b, r, shift) => {
          const there = alphaSteps(a, b, r, 8);
          const size = Math.max(1, ...there.map(Math.abs));
          expect(Math.abs(there.reduce((sum, value) => sum + value, 0)) / size).toBeLessThan(1e-9);
          const back = alphaSteps(b, a, r, 8);
          const shifted = alphaSteps(
            a,
            b.map((row) => row.map((value) => value + shift)),
            r,
            8,
          );
          for (const [at, value] of there.entries()) {
            expect(Math.abs(back[at]! + value) / size).toBeLessThan(1e-9);
            expect(Math.abs(shifted[at]! - value) * r).toBeLessThan(1e-8);
          }
        },
      ),
    );
  });
});
