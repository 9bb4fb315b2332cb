import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateAt } from '../../../src/paper/schedule';

const BASELINE = { rate: 0.025, rateMin: 0.001, schedule: 'cosine' } as const;

describe('the weight rate', () => {
  it('follows the benchmark’s cosine', () => {
    expect(rateAt(BASELINE, 0, 50)).toBe(0.025);
    expect(rateAt(BASELINE, 25, 50)).toBeCloseTo(0.013, 15);
    // Values of the closed form, worked out in Python.
    expect(rateAt(BASELINE, 10, 50)).toBeCloseTo(0.0227082039324994, 14);
    expect(rateAt(BASELINE, 49, 50)).toBeCloseTo(0.0010236792588607, 14);
  });

  it('has the mean over 50 epochs on which the weight budget rests', () => {
    const rates = Array.from({ length: 50 }, (_, epoch) => rateAt(BASELINE, epoch, 50));
    expect(rates.reduce((sum, rate) => sum + rate, 0) / 50).toBeCloseTo(0.01324, 10);
  });

  it('falls from its start and stays above its minimum', () => {
    const rates = fc.tuple(
      fc.double({ min: 1e-6, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 2, max: 2000 }),
    );
    fc.assert(
      fc.property(rates, fc.nat(), ([rate, share, epochs], at) => {
        const optimiser = { rate, rateMin: rate * share, schedule: 'cosine' } as const;
        const epoch = at % (epochs - 1);
        const now = rateAt(optimiser, epoch, epochs);
        const next = rateAt(optimiser, epoch + 1, epochs);
        expect(now).toBeLessThanOrEqual(rate * (1 + 1e-12));
        expect(next).toBeLessThanOrEqual(now * (1 + 1e-12));
        expect(next).toBeGreaterThanOrEqual(optimiser.rateMin * (1 - 1e-12));
      }),
    );
  });

  it('holds the start through the warm-up', () => {
    expect(rateAt(BASELINE, -30, 50)).toBe(0.025);
  });

  it('is the same in every epoch when constant, even below eta_min', () => {
    const swapped = { rate: 0.0003, rateMin: 0.001, schedule: 'constant' } as const;
    expect([0, 20, 49].map((epoch) => rateAt(swapped, epoch, 50))).toEqual([3e-4, 3e-4, 3e-4]);
  });

  it('never rises: such a cosine is an error', () => {
    expect(() => rateAt({ ...BASELINE, rate: 0.0003 }, 0, 50)).toThrow(
      /0.0003 to 0.001 would rise/,
    );
  });

  it('is asked only inside the run', () => {
    expect(() => rateAt(BASELINE, 50, 50)).toThrow(/epoch 50 is outside 0\.\.49/);
    expect(() => rateAt(BASELINE, NaN, 50)).toThrow(RangeError);
  });
});
