import { describe, expect, test } from 'vitest';
import { fillDraws } from '../../../src/data/augment';
import { drawsOf } from '../../../src/data/draw';
import type { ImageSet } from '../../../src/data/images';
import { RandomStream } from '../../../src/data/random';
import { RATE, RATES, type Tensor } from '../../../src/engine/fused/fused';
import * as training from '../plain-training';
import type { AdamRates, SgdRates } from '../plain-training';
import { expectClose, listed, type Bench } from './bench';
import { noise } from './noise';

const SGD: SgdRates = { rate: 0.5, momentum: 0.9, decay: 0.1, clip: 5 };
const ADAM: AdamRates = { rate: 0.1, beta1: 0.5, beta2: 0.999, epsilon: 1e-8, l2: 0.01 };

/** The rows of a clock whose every step has these rates; Adam's first step is the first. */
export function ratesOf(steps: number, weights = SGD, alpha = ADAM): Float32Array {
  const rows = new Float32Array(steps * RATES);
  for (let step = 0; step < steps; step++) {
    const row = rows.subarray(step * RATES, (step + 1) * RATES);
    row[RATE.weights] = weights.rate;
    row[RATE.momentum] = weights.momentum;
    row[RATE.decay] = weights.decay;
    row[RATE.clip] = weights.clip;
    row[RATE.alpha] = alpha.rate / (1 - alpha.beta1 ** (step + 1));
    row[RATE.beta1] = alpha.beta1;
    row[RATE.beta2] = alpha.beta2;
    row[RATE.correction2] = 1 / (1 - alpha.beta2 ** (step + 1));
    row[RATE.epsilon] = alpha.epsilon;
    row[RATE.l2] = alpha.l2;
    row[RATE.oneMinusBeta1] = 1 - alpha.beta1;
    row[RATE.oneMinusBeta2] = 1 - alpha.beta2;
  }
  return rows;
}

export function trainingSuite(bench: () => Bench): void {
  describe('optimisers', () => {
    test.each([
      { size: 70, spread: 0.1, clipped: false },
      { size: 70, spread: 10, clipped: true },
      { size: 70, spread: 10, clipped: true, nesterov: false },
      { size: 1000, spread: 1, clipped: true },
      { size: 70_001, spread: 1, clipped: true },
    ])(
      'SGD over $size weights, gradient $spread, clipped: $clipped, Nesterov: $nesterov',
      async (shape) => {
        const { size, spread, clipped, nesterov = true } = shape;
        const [weights, momentum] = [noise([size], 1), noise([size], 2)];
        const gradients = [3, 4].map((seed) => noise([size], seed, { spread }));
        // The second step has a rate of its own.
        const second = { ...SGD, rate: 0.1 };
        const rows = ratesOf(2);
        rows[RATES + RATE.weights] = second.rate;
        for (const step of [0, 1]) rows[step * RATES + RATE.plainMomentum] = Number(!nesterov);
        const { fused } = bench();
        const got = await bench().run<string>((desk) => {
          const state = { weights: desk.give(weights), momentum: desk.give(momentum) };
          const norms = gradients.map((gradient, step) =>
            fused.sgd(state, desk.put(gradient), bench().clock(rows, step)),
          );
          return { ...state, ...listed('norm', norms) };
        });
        const expected = [weights.values.slice(), momentum.values.slice()] as const;
        gradients.forEach(({ values }, step) => {
          const length = training.sgd(...expected, values, step === 0 ? SGD : second, nesterov);
          expect(length > SGD.clip).toBe(clipped);
          expectClose('norm', got[`norm ${step}`]!, {
            shape: [1],
            values: Float64Array.of(length),
          });
        });
        expectClose('weights', got.weights!, { shape: [size], values: expected[0] });
        expectClose('momentum', got.momentum!, { shape: [size], values: expected[1] });
      },
    );

    test('SGD without any gradient only decays and coasts', async () => {
      const [weights, momentum] = [noise([100], 1), noise([100], 2)];
      const none = { shape: [100], values: new Float64Array(100) };
      const { fused } = bench();
      const got = await bench().run((desk) => {
        const state = { weights: desk.give(weights), momentum: desk.give(momentum) };
        const norm = fused.sgd(state, desk.put(none), bench().clock(ratesOf(1), 0));
        return { ...state, norm };
      });
      const expected = [weights.values.slice(), momentum.values.slice()] as const;
      training.sgd(...expected, none.values, SGD);
      expect([...got.norm.values]).toEqual([0]);
      expectClose('weights', got.weights, { shape: [100], values: expected[0] });
      expectClose('momentum', got.momentum, { shape: [100], values: expected[1] });
    });

    test.each([5, 2, 1])('Adam over alpha of %i columns, five steps', async (columns) => {
      const shape = [6, columns];
      const alpha = noise(shape, 1);
      const zero = { shape, values: new Float64Array(6 * columns) };
      // From tiny gradients to large ones.
      const gradients = [2, 3, 4, 5, 6].map((seed, i) =>
        noise(shape, seed, { spread: 0.01 * 5 ** i }),
      );
      const rows = ratesOf(gradients.length);
      const { fused } = bench();
      const got = await bench().run((desk) => {
        const state = { alpha: desk.give(alpha), first: desk.give(zero), second: desk.give(zero) };
        gradients.forEach((gradient, step) => {
          fused.adam(state, desk.put(gradient), bench().clock(rows, step));
        });
        return state;
      });
      const expected = {
        alpha: alpha.values.slice(),
        first: zero.values.slice(),
        second: zero.values.slice(),
      };
      gradients.forEach(({ values }, i) => training.adam(expected, values, i + 1, ADAM));
      for (const name of ['alpha', 'first', 'second'] as const) {
        expectClose(name, got[name], { shape, values: expected[name] });
      }
    });
  });

  describe('journal', () => {
    test.each([
      { name: 'alpha trained', parts: ['norm', 'valid', 'alpha'] },
      { name: 'alpha frozen', parts: ['norm', 'alpha'] },
      { name: 'weights frozen', parts: ['valid', 'alpha'] },
      { name: 'scores alone', parts: [] },
    ])('$name', async ({ parts }) => {
      const totals = noise([5], 1, { mean: 3 });
      const trail = noise([4, 30], 2);
      const alpha = noise([6, 5], 3);
      const scores = { train: noise([2], 4), norm: noise([1], 5), valid: noise([2], 6) };
      const { fused } = bench();
      const got = await bench().run((desk) => {
        const journal = { totals: desk.give(totals), trail: desk.give(trail) };
        const clock = bench().clock(ratesOf(4), 2);
        const given = (part: string, tensor: () => Tensor) =>
          parts.includes(part) ? tensor() : null;
        fused.tally(journal, clock, {
          train: desk.put(scores.train),
          norm: given('norm', () => desk.put(scores.norm)),
          valid: given('valid', () => desk.put(scores.valid)),
          alpha: given('alpha', () => desk.put(alpha)),
        });
        expect(clock.step).toBe(2);
        return { ...journal, counter: clock.counter ?? bench().k.upload(Int32Array.of(3), [1]) };
      });
      const of = (part: 'norm' | 'valid', i: number) =>
        parts.includes(part) ? scores[part].values[i]! : 0;
      const added = [...scores.train.values, of('norm', 0), of('valid', 0), of('valid', 1)];
      const expected = totals.values.map((value, i) => Math.fround(value + added[i]!));
      expect(got.totals.values).toEqual(expected);
      const rows = trail.values.slice();
      if (parts.includes('alpha')) rows.set(alpha.values, 2 * 30);
      expect(got.trail.values).toEqual(rows);
      expect([...got.counter.values], 'the counter of the device').toEqual([3]);
    });
  });

  describe('zeros', () => {
    test('are zeros, also where other numbers lay', async () => {
      const { fused } = bench();
      const got = await bench().run((desk) => {
        bench().k.free(desk.give(noise([2, 4, 4, 4], 1)));
        return { zeros: fused.zeros([2, 4, 4, 4]), small: fused.zeros([6, 5]) };
      });
      expect([...got.zeros.values]).toEqual(Array.from({ length: 128 }, () => 0));
      expect([...got.small.values]).toEqual(Array.from({ length: 30 }, () => 0));
      expect(got.small.shape).toEqual([6, 5]);
    });
  });

  describe('images on the device', () => {
    test.each([
      { resolution: 8, random: true },
      { resolution: 8, random: false },
      { resolution: 16, random: true },
    ] as const)('$resolution x $resolution, moved: $random', async ({ resolution, random }) => {
      const { augment } = bench().fused;
      // Where the host makes the batches there is nothing to ask.
      if (!augment) return;
      const set = imagesOf(resolution);
      const size = resolution * resolution * 3;
      const [batch, steps, step] = [6, 3, 1];
      const numbers = Array.from({ length: batch * steps }, (_, i) => (i * 5) % set.count);
      const stream = random ? RandomStream.named(7, 'augment') : null;
      const draws = drawsOf(numbers, resolution, stream);
      const images = new Float32Array(numbers.length * size);
      const labels = new Int32Array(numbers.length);
      fillDraws(set, draws, images, labels);
      for (const count of [batch, 4]) {
        const got = await bench().run((desk) =>
          augment(
            {
              pixels: desk.putInts(new Int32Array(set.pixels.buffer)),
              labels: desk.putInts(Int32Array.from(set.labels)),
              resolution,
            },
            desk.putInts(draws, [steps, batch]),
            count,
            bench().clock(ratesOf(steps), step),
          ),
        );
        const first = step * batch;
        const expected = images.subarray(first * size, (first + count) * size);
        expectClose(
          'images',
          got.images,
          { shape: [count, resolution, resolution, 3], values: Float64Array.from(expected) },
          { tolerance: 1e-6 },
        );
        expect([...got.labels.values]).toEqual([...labels.subarray(first, first + count)]);
      }
    });
  });
}

function imagesOf(resolution: 8 | 16): ImageSet {
  const count = 7;
  const values = noise([count * resolution * resolution * 3], 9, { mean: 128, spread: 128 }).values;
  // Black and white among them.
  const pixels = Uint8Array.from(values, (value, i) =>
    i % 13 === 0 ? 0 : i % 17 === 0 ? 255 : value,
  );
  return { resolution, count, pixels, labels: Uint8Array.of(3, 1, 4, 1, 5, 9, 2) };
}
