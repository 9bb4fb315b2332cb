import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dot, zeros } from '../plain-array';
import * as plain from '../plain-kernels';
import * as training from '../plain-training';
import { expectClose, type Bench, type Place } from './bench';
import { labelsOf, noise, rounded } from './noise';

const CLASSES = 10;

export function headSuite(bench: () => Bench, runs: number): void {
  describe('pools', () => {
    test.each([
      [2, 8, 8, 4],
      [3, 4, 4, 8],
      [5, 4, 4, 5],
      [2, 2, 2, 6],
      [8, 16, 16, 4],
    ])('2x2 of %i x %i x %i x %i', async (...shape) => {
      const [batch, height, width, channels] = shape;
      const x = noise(shape, 1);
      const dy = noise([batch, height / 2, width / 2, channels], 2);
      const add = noise(shape, 3);
      const { fused } = bench();
      const got = await bench().run((desk) => ({
        y: fused.pool2(desk.put(x)),
        dx: fused.pool2Input(desk.put(dy), null),
        dxAdded: fused.pool2Input(desk.put(dy), desk.give(add)),
      }));
      expectClose('pool2', got.y, plain.pool2(x));
      expectClose('pool2Input', got.dx, plain.pool2Input(dy, null));
      expect(Math.abs(dot(got.y, dy) - dot(x, got.dx))).toBeLessThan(1e-6 * dy.values.length);
      expectClose('pool2Input + add', got.dxAdded, plain.pool2Input(dy, add));
    });

    test.each<{ shape: readonly number[]; place: Place }>([
      { shape: [2, 2, 2, 16], place: 'stretch' },
      { shape: [3, 4, 4, 8], place: 'whole' },
      { shape: [5, 4, 4, 5], place: 'stretch' },
      { shape: [4, 8, 8, 6], place: 'whole' },
      { shape: [8, 16, 16, 4], place: 'whole' },
    ])('global behind a relu, of $shape, $place', async ({ shape, place }) => {
      const [batch, channels] = [shape[0]!, shape[3]!];
      const z = noise(shape, 1, { mean: 0.5 });
      const n = { z, moments: rounded(plain.moments(z)) };
      const [scale, shift] = [noise([channels], 2), noise([channels], 3, { spread: 0.3 })];
      const dPooled = noise([batch, channels], 4);
      // Elsewhere rounding would decide which side of the relu a pixel is on.
      const y = plain.norm(n, scale, shift, null).values;
      const onEdge = y.map((value) => Number(Math.abs(value) < 1e-5));
      expect(Math.max(...onEdge)).toBe(0);
      const { fused } = bench();
      const got = await bench().run((desk) => {
        const on = { z: desk.put(z), moments: desk.put(n.moments) };
        const [gain, bias] = [desk.put(scale, place), desk.put(shift, place)];
        return {
          pooled: fused.headPool(on, gain, bias),
          g: fused.headPoolInput(on, gain, bias, desk.put(dPooled)),
        };
      });
      expectClose('headPool', got.pooled, plain.headPool(n, scale, shift));
      expectClose('headPoolInput', got.g, plain.headPoolInput(n, scale, shift, dPooled));
    });
  });

  describe('classifier', () => {
    test.each<{ batch: number; features: number; place: Place }>([
      { batch: 2, features: 16, place: 'stretch' },
      { batch: 3, features: 32, place: 'whole' },
      { batch: 5, features: 5, place: 'stretch' },
      { batch: 33, features: 64, place: 'whole' },
    ])('batch $batch, $features features, $place', async ({ batch, features, place }) => {
      const pooled = noise([batch, features], 1);
      const weight = noise([features, CLASSES], 2);
      const bias = noise([CLASSES], 3);
      const labels = labelsOf(batch);
      const expected = training.classify(pooled, weight, bias, labels);
      const dLogits = rounded(expected.dLogits);
      const { fused } = bench();
      const got = await bench().run((desk) => {
        const [input, w, b] = [desk.put(pooled), desk.put(weight, place), desk.put(bias, place)];
        const into = {
          weight: desk.into([features, CLASSES], place),
          bias: desk.into([CLASSES], place),
        };
        fused.classifyWeights(input, desk.put(dLogits), into);
        return {
          ...fused.classify(input, w, b, desk.putInts(labels)),
          dPooled: fused.classifyInput(desk.put(dLogits), w),
          dWeight: into.weight,
          dBias: into.bias,
        };
      });
      expectClose('logits', got.logits, expected.logits);
      const [loss, correct] = expected.scores.values;
      expect(Math.abs(got.scores.values[0]! / loss! - 1)).toBeLessThan(1e-5);
      expect(got.scores.values[1]).toBe(correct);
      expectClose('dLogits', got.dLogits, expected.dLogits);
      expectClose('classifyInput', got.dPooled, training.classifyInput(dLogits, weight));
      const into = training.classifyWeights(pooled, dLogits);
      expectClose('classifyWeights: weight', got.dWeight, into.weight);
      expectClose('classifyWeights: bias', got.dBias, into.bias);
    });

    test('of equal logits the first counts', async () => {
      // Whole numbers, so that no rounding tells them apart: classes 4 and 7 lead together.
      const pooled = { shape: [4, 2], values: Float64Array.of(1, 1, 1, 1, 1, 1, 0, 0) };
      const weight = zeros([2, CLASSES]);
      for (const c of [4, 7]) weight.values.set([3], c);
      const bias = zeros([CLASSES]);
      const labels = Int32Array.of(4, 7, 0, 0);
      const { fused } = bench();
      const got = await bench().run((desk) =>
        fused.classify(desk.put(pooled), desk.put(weight), desk.put(bias), desk.putInts(labels)),
      );
      // Right: class 4 of the first image, class 0 of the last, where all are equal.
      expect(got.scores.values[1]).toBe(2);
    });

    test('logits of a thousand overflow nowhere', async () => {
      const pooled = { shape: [2, 1], values: Float64Array.of(1000, -1000) };
      const weight = noise([1, CLASSES], 4);
      const bias = noise([CLASSES], 5);
      const labels = Int32Array.of(1, 2);
      const expected = training.classify(pooled, weight, bias, labels);
      const { fused } = bench();
      const got = await bench().run((desk) =>
        fused.classify(desk.put(pooled), desk.put(weight), desk.put(bias), desk.putInts(labels)),
      );
      expectClose('scores', got.scores, expected.scores);
      // The logits' own rounding, 3e-5, is what their differences keep.
      expectClose('dLogits', got.dLogits, expected.dLogits, { tolerance: 1e-4 });
    });
  });

  describe('softmax', () => {
    test.each([5, 4, 2, 1])('and its gradient, %i columns', async (columns) => {
      const alpha = noise([6, columns], 1, { spread: 3 });
      const dp = noise([6, columns], 2);
      const p = rounded(training.softmax(alpha));
      const { fused } = bench();
      const got = await bench().run((desk) => ({
        p: fused.softmax(desk.put(alpha)),
        dAlpha: fused.softmaxInput(desk.put(p), desk.put(dp)),
      }));
      expectClose('softmax', got.p, training.softmax(alpha));
      expectClose('softmaxInput', got.dAlpha, training.softmaxInput(p, dp), { magnitude: 1 });
    });

    test('does not change when a row moves, and its gradient sums to nothing', async () => {
      const { fused } = bench();
      const numbers = fc.integer({ min: -1000, max: 1000 });
      await fc.assert(
        fc.asyncProperty(numbers, fc.integer({ min: 1, max: 1000 }), async (shift, seed) => {
          // Quarters, so that the moved numbers are exact.
          const alpha = noise([6, 5], seed, { spread: 5 });
          const quarters = { ...alpha, values: alpha.values.map((v) => Math.round(4 * v) / 4) };
          const moved = { ...alpha, values: quarters.values.map((v) => v + shift) };
          const dp = noise([6, 5], seed + 1);
          const got = await bench().run((desk) => {
            const p = fused.softmax(desk.put(quarters));
            const pMoved = fused.softmax(desk.put(moved));
            return { p, pMoved, dAlpha: fused.softmaxInput(p, desk.put(dp)) };
          });
          expectClose('softmax of moved rows', got.pMoved, got.p);
          for (let row = 0; row < 6; row++) {
            const values = got.dAlpha.values.subarray(5 * row, 5 * row + 5);
            expect(Math.abs(values.reduce((a, b) => a + b, 0))).toBeLessThan(1e-6);
          }
        }),
        { numRuns: runs },
      );
    });
  });
}
