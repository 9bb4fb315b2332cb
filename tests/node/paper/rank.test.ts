import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ranks, spearman } from '../../../src/paper/rank';

const values = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 2, maxLength: 12 });

describe('ranks', () => {
  it('share the mean among equals', () => {
    expect(ranks([10, 20, 10, 5])).toEqual([2.5, 4, 2.5, 1]);
  });

  it('add up to those of n different values', () => {
    fc.assert(
      fc.property(values, (list) => {
        const sum = ranks(list).reduce((a, b) => a + b, 0);
        expect(sum).toBe((list.length * (list.length + 1)) / 2);
      }),
    );
  });
});

describe('Spearman’s correlation', () => {
  it('of known pairs', () => {
    expect(spearman([1, 2, 3, 4, 5], [5, 6, 7, 8, 7])).toBeCloseTo(0.8207826816681233, 12);
    expect(spearman([0, 10, 20, 30, 100], [1, 2, 3, 4, 5])).toBeCloseTo(1, 12);
    expect(spearman([1, 2, 3], [5, 5, 5])).toBeNaN();
    expect(() => spearman([1], [1, 2])).toThrow(/1 values against 2/);
  });

  it('sees order alone, and turns with it', () => {
    fc.assert(
      fc.property(values, (list) => {
        fc.pre(new Set(list).size > 1);
        const stretched = list.map((value) => value ** 3);
        expect(spearman(list, stretched)).toBeCloseTo(1, 12);
        expect(
          spearman(
            list,
            list.map((value) => -value),
          ),
        ).toBeCloseTo(-1, 12);
      }),
    );
  });
});
