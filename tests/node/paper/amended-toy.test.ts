import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  amendedParts,
  EXACT_ETA,
  FIGURE_4,
  FIGURE_4_EPOCHS,
  gradientFactor,
  LEAST_ETA,
  runToy,
  spectralRadius,
  stableEtas,
  toyGradient,
  type ToyRule,
} from '../../../src/paper/amended-toy';

const FIRST: ToyRule = { kind: 'first' };
const amended = (eta: number): ToyRule => ({ kind: 'amended', eta });
const run = (rule: ToyRule, epochs = FIGURE_4_EPOCHS) => runToy({ ...FIGURE_4, rule }, epochs);
const last = (rule: ToyRule) => run(rule).at(-1)!;

describe('the reference’s unit vectors at eta .1', () => {
  it.each([
    [
      { w: 1, a: 1 },
      { v: 4, epsilon: 0.0025, u: 0.04, g1: -2, g2: 1.6 },
    ],
    [
      { w: 5, a: 1 },
      { v: 36, epsilon: 0.01 / 36, u: 0.04, g1: -18, g2: 14.4 },
    ],
  ])('at %j', (point, expected) => {
    const parts = amendedParts(point);
    for (const key of ['v', 'epsilon', 'u', 'g1', 'g2'] as const) {
      expect(parts[key]).toBeCloseTo(expected[key], 10);
    }
    // Still the wrong sign: -.4 (2w - a).
    const gradient = toyGradient(point, amended(0.1));
    expect(gradient).toBeCloseTo(-0.4 * (2 * point.w - point.a), 10);
  });
});

describe('figure 4', () => {
  it('first order falls, then runs away', () => {
    const losses = run(FIRST).map(({ loss }) => loss);
    expect(losses[0]).toBeCloseTo(66.4, 1);
    const least = Math.min(...losses);
    // The reference counts its records from 0.
    expect(losses.indexOf(least)).toBe(39);
    expect(least).toBeCloseTo(2.59, 2);
    const end = last(FIRST);
    // The reference cuts after one decimal.
    expect(Math.floor(10 * end.loss) / 10).toBe(347.7);
    expect([end.a, end.w]).toEqual([expect.closeTo(20.8, 1), expect.closeTo(19.7, 1)]);
  });

  it('amended comes to rest from 1/8 on', () => {
    expect(last(amended(0.1)).a).toBeCloseTo(1.95, 2);
    expect(last(amended(0.1)).loss).toBeCloseTo(3.63, 2);
    expect(run(amended(0.1)).at(-2)!.loss).toBeLessThan(last(amended(0.1)).loss);
    expect(last(amended(LEAST_ETA)).a).toBeCloseTo(1, 9);
    expect(last(amended(0.2)).loss).toBeCloseTo(0.012, 3);
    expect(last(amended(EXACT_ETA)).loss).toBeCloseTo(0.0003, 4);
    expect(last(amended(1)).loss).toBeLessThan(1e-9);
  });

  it('a search that runs away ends there', () => {
    const epochs = runToy({ ...FIGURE_4, rates: { w: 0.05, a: 1 }, rule: FIRST }, 10_000);
    expect(epochs.length).toBeLessThan(100);
    expect(epochs.at(-1)!.loss).toBeGreaterThan(1e6);
    expect(epochs.at(-2)!.loss).toBeLessThanOrEqual(1e6);
  });
});

const coordinate = fc.double({ min: -10, max: 10, noNaN: true });
const point = fc.record({ w: coordinate, a: coordinate });
const rates = fc.record({
  w: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
  a: fc.double({ min: 1e-3, max: 2, noNaN: true }),
});
const eta = fc.double({ min: 0, max: 3, noNaN: true });

describe('laws', () => {
  it('differences of gradients are exact on a parabola', () => {
    fc.assert(
      fc.property(point, eta, (at, weight) => {
        const exact = gradientFactor(amended(weight)) * (2 * at.w - at.a);
        expect(toyGradient(at, amended(weight))).toBeCloseTo(exact, 6);
      }),
    );
  });

  it('at w = a and eta 1/4 the gradient is that of a²', () => {
    fc.assert(
      fc.property(coordinate, (a) => {
        expect(toyGradient({ w: a, a }, amended(EXACT_ETA))).toBeCloseTo(2 * a, 6);
        expect(toyGradient({ w: a, a }, { kind: 'second', xi: 0.5 })).toBeCloseTo(2 * a, 6);
        expect(toyGradient({ w: a, a }, FIRST)).toBeCloseTo(-2 * a, 6);
      }),
    );
  });

  it('an eta is between the bounds exactly where the spectral radius is below 1', () => {
    fc.assert(
      fc.property(rates, eta, (at, weight) => {
        const { above, below } = stableEtas(at)!;
        expect(above).toBe(1 / 8);
        // On a bound itself rounding decides.
        fc.pre(Math.abs(weight - above) > 1e-6 && Math.abs(weight - below) > 1e-6);
        const radius = spectralRadius(amended(weight), at);
        expect(radius < 1).toBe(weight > above && weight < below);
      }),
      { numRuns: 2000 },
    );
  });

  it('what the spectral radius says comes true', () => {
    fc.assert(
      fc.property(rates, eta, (at, weight) => {
        const radius = spectralRadius(amended(weight), at);
        fc.pre(Math.abs(radius - 1) > 0.02);
        const toy = { rule: amended(weight), rates: at, start: { w: 1, a: 0.7 } };
        const end = runToy(toy, 3000).at(-1)!;
        if (radius < 1) expect(end.loss).toBeLessThan(1e-6);
        else expect(end.loss).toBeGreaterThan(1e6);
      }),
    );
  });

  it('one eigenvalue is 1 at eta 1/8, at any rates', () => {
    fc.assert(
      fc.property(rates, (at) => {
        expect(spectralRadius(amended(LEAST_ETA), at)).toBeCloseTo(1, 12);
      }),
    );
  });

  it('no eta is stable where w’s own steps are not', () => {
    expect(stableEtas({ w: 1, a: 0.1 })).toBeNull();
    expect(stableEtas({ w: 0, a: 0.1 })).toBeNull();
  });
});
