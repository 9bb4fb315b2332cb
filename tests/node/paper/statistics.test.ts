import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bandOverSeeds, mean, median, sampleStd, summarise } from '../../../src/paper/statistics';

const values = fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1 });

describe('a summary over seeds', () => {
  it('has the textbook values', () => {
    const summary = summarise([2, 4, 4, 4, 5, 5, 7, 9]);
    expect(summary).toMatchObject({ n: 8, mean: 5, min: 2, max: 9, median: 4.5 });
    expect(summary.std).toBeCloseTo(Math.sqrt(32 / 7), 14);
    expect(median([9, 1, 5])).toBe(5);
  });

  it('leaves undefined what one seed or none cannot tell', () => {
    expect(summarise([3])).toEqual({ n: 1, mean: 3, std: NaN, min: 3, max: 3, median: 3 });
    expect(summarise([])).toEqual({
      n: 0,
      mean: NaN,
      std: NaN,
      min: NaN,
      max: NaN,
      median: NaN,
    });
  });

  it('lies between the extremes', () => {
    fc.assert(
      fc.property(values, (list) => {
        const { min, max, median: middle } = summarise(list);
        const slack = 1e-9;
        expect(mean(list)).toBeGreaterThanOrEqual(min - slack);
        expect(mean(list)).toBeLessThanOrEqual(max + slack);
        expect(middle).toBeGreaterThanOrEqual(min);
        expect(middle).toBeLessThanOrEqual(max);
      }),
    );
  });

  it('keeps its spread when all values move alike', () => {
    fc.assert(
      fc.property(
        values.filter((list) => list.length > 1),
        fc.integer({ min: -99, max: 99 }),
        (list, by) => {
          expect(sampleStd(list.map((value) => value + by))).toBeCloseTo(sampleStd(list), 8);
        },
      ),
    );
  });
});

describe('a band over seeds', () => {
  it('counts the seeds that have come so far', () => {
    const band = bandOverSeeds([[1, 2, 3], [3, 4], []]);
    expect(band.map(({ n }) => n)).toEqual([2, 2, 1]);
    expect(band.map((entry) => entry.mean)).toEqual([2, 3, 3]);
    expect(band[0]).toEqual({ n: 2, mean: 2, std: Math.SQRT2, min: 1, max: 3 });
    expect(band[2]!.std).toBeNaN();
  });

  it('takes null for a missing value, not for zero', () => {
    const band = bandOverSeeds([
      [null, 4],
      [null, null],
    ]);
    expect(band.map(({ n }) => n)).toEqual([0, 1]);
    expect(band[0]!.mean).toBeNaN();
    expect(band[1]!.mean).toBe(4);
  });

  it('of nothing is empty', () => {
    expect(bandOverSeeds([])).toEqual([]);
  });
});
