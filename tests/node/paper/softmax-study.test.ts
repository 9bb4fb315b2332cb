import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  oneAgainstRest,
  PAPER_STUDY,
  paperAdam,
  paperSgd,
  recovery,
  runStudy,
  softmax,
  softmaxJacobian,
  studySteps,
  type MomentumConvention,
  type Study,
  type StudySgd,
} from '../../../src/paper/softmax-study';

const study = (optimiser: Study['optimiser']): Study => ({ ...PAPER_STUDY, optimiser });
const updates = (optimiser: Study['optimiser']) => recovery(study(optimiser)).updates;

describe('the paper’s study of two entries', () => {
  it('lands on the printed 34 and 44', () => {
    expect(updates(paperSgd(0.001))).toBe(34);
    expect(updates(paperSgd(0.01))).toBe(44);
  });

  it.each([
    [0.002, 34],
    [0.003, 35],
    [0.005, 37],
    [0.02, 65],
    [0.025, 77],
    [0.05, 152],
    [0.1, 417],
  ])('at rate %f takes %i updates', (rate, expected) => {
    expect(updates(paperSgd(rate))).toBe(expected);
  });

  it('passes through the reference’s values of x at rate .001', () => {
    const x = runStudy(study(paperSgd(0.001)), 60).map((step) => step.x[0]!);
    expect(x[0]).toBeCloseTo(0.0005, 7);
    expect(x[24]).toBeCloseTo(-0.0821517, 7);
    expect(x[24 + 33]).toBeCloseTo(-0.001832, 7);
    expect(x[24 + 34]).toBeCloseTo(0.0028903, 7);
    const { farthest, farthestAt } = recovery(study(paperSgd(0.001)));
    expect(farthest).toBeCloseTo(-0.0928194, 7);
    expect(farthestAt).toBe(31 - 25);
  });

  it('passes through the reference’s values of x and y at rate .01', () => {
    const steps = runStudy(study(paperSgd(0.01)), 70);
    expect(steps[0]!.x[0]).toBeCloseTo(-0.004, 7);
    expect(steps[24]!.x[0]).toBeCloseTo(-0.7677348, 7);
    expect(steps[24]!.y[0]).toBeCloseTo(0.176903, 6);
    expect(steps[24]!.y[1]).toBeCloseTo(0.823097, 6);
    expect(steps[24 + 43]!.x[0]).toBeCloseTo(-0.0088734, 7);
    expect(steps[24 + 44]!.x[0]).toBeCloseTo(0.0343195, 7);
    const { farthest, farthestAt } = recovery(study(paperSgd(0.01)));
    expect(farthest).toBeCloseTo(-0.8770121, 7);
    expect(farthestAt).toBe(33 - 25);
  });

  const conventions: readonly [string, Partial<StudySgd>, number, number][] = [
    ['Nesterov', { convention: 'nesterov' }, 33, 42],
    ['a buffer emptied at the flip', { reset: true }, 26, 30],
    ['averaged momentum', { convention: 'averaged' }, 34, 34],
    ['dampening .9', { convention: 'dampened' }, 43, 44],
    ['no momentum', { convention: 'none' }, 26, 26],
  ];
  it.each(conventions)('with %s ends elsewhere', (_, change, slow, fast) => {
    expect(updates({ ...paperSgd(0.001), ...change })).toBe(slow);
    expect(updates({ ...paperSgd(0.01), ...change })).toBe(fast);
  });

  it('finds no inertia with Adam at any rate', () => {
    const adam = (decay: number) => (rate: number) => updates({ ...paperAdam(rate), decay });
    expect([0.001, 0.01, 0.025, 0.1].map(adam(0))).toEqual([27, 27, 26, 24]);
    expect([0.001, 0.01].map(adam(1e-3))).toEqual([27, 27]);
  });
});

describe('any study', () => {
  const value = fc.double({ min: -3, max: 3, noNaN: true });
  const vectors = fc
    .constantFrom(2, 5)
    .chain((d) =>
      fc.tuple(
        fc.array(value, { minLength: d, maxLength: d }),
        fc.array(value, { minLength: d, maxLength: d }),
      ),
    );
  const optimisers = fc.oneof(
    fc.constant(paperAdam(0.01)),
    fc
      .constantFrom<MomentumConvention>('heavy-ball', 'nesterov', 'averaged', 'dampened', 'none')
      .map((convention) => ({ ...paperSgd(0.01), convention })),
  );

  it('keeps the sum of x under SGD: the rows of J sum to zero', () => {
    fc.assert(
      fc.property(vectors, ([start, gradient]) => {
        const optimiser = paperSgd(0.01);
        const sum = (x: readonly number[]) => x.reduce((a, b) => a + b, 0);
        const last = runStudy({ start, gradient, flipAfter: 25, optimiser }, 50).at(-1)!;
        expect(sum(last.x)).toBeCloseTo(sum(start), 9);
      }),
    );
  });

  it('is unmoved by a constant added to dl/dy', () => {
    fc.assert(
      fc.property(vectors, optimisers, value, ([start, gradient], optimiser, shift) => {
        const at = (outer: readonly number[]) =>
          runStudy({ start, gradient: outer, flipAfter: 4, optimiser }, 8).at(-1)!.inner;
        const moved = at(gradient.map((entry) => entry + shift));
        // Adam divides by the gradient, which a shift may leave as rounding alone.
        fc.pre(Math.max(...gradient) - Math.min(...gradient) > 0.01);
        at(gradient).forEach((entry, i) => expect(moved[i]).toBeCloseTo(entry, 5));
      }),
    );
  });

  it('turns the gradient and nothing else at the flip', () => {
    fc.assert(
      fc.property(vectors, optimisers, ([start, gradient], optimiser) => {
        const steps = runStudy({ start, gradient, flipAfter: 3, optimiser }, 6);
        steps.forEach(({ update, flipped, outer }) => {
          expect(flipped).toBe(update > 3);
          expect(outer).toEqual(gradient.map((entry) => (flipped ? -entry : entry)));
        });
      }),
    );
  });

  it('differentiates the softmax', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 5 }), (x) => {
        const jacobian = softmaxJacobian(softmax(x));
        const step = 1e-5;
        x.forEach((_, j) => {
          const moved = (by: number) =>
            softmax(x.map((entry, k) => (k === j ? entry + by : entry)));
          const up = moved(step);
          const down = moved(-step);
          x.forEach((_entry, i) =>
            expect(jacobian[i]![j]).toBeCloseTo((up[i]! - down[i]!) / (2 * step), 8),
          );
        });
      }),
    );
  });

  it('shows the inertia with five entries too, and says when there is no return', () => {
    const five = (rate: number): Study => ({
      start: Array<number>(5).fill(0.001),
      gradient: oneAgainstRest(5),
      flipAfter: 25,
      optimiser: paperSgd(rate),
    });
    expect(recovery(five(0.05)).updates).toBeGreaterThan(recovery(five(0.001)).updates!);
    expect(recovery(five(5), 50).updates).toBeNull();
    expect(oneAgainstRest(2)).toEqual(PAPER_STUDY.gradient);
  });

  it('refuses vectors that do not fit', () => {
    const optimiser = paperSgd(0.01);
    const first = (start: number[], gradient: number[]) =>
      studySteps({ start, gradient, flipAfter: 1, optimiser }).next();
    expect(() => first([0, 0], [1])).toThrow(/2 entries and dl\/dy 1/);
    expect(() => first([0], [1])).toThrow(RangeError);
    expect(() => first([0, NaN], [1, -1])).toThrow(/finite/);
  });
});
