import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { MixPlan } from '../../../src/engine/fused/fused';
import { labelsOf, noise } from '../../support/fused/noise';
import * as plain from '../../support/plain-kernels';
import * as mixture from '../../support/plain-mixture';
import { dot, type NdArray } from '../../support/plain-array';
import * as training from '../../support/plain-training';

/* The truth needs a truth of its own: finite differences, stock tfjs, numbers worked out by hand. */

/** The gradient of `loss` at x, element by element, against central differences. */
function expectGradient(gradient: NdArray, x: NdArray, loss: (x: NdArray) => number): void {
  expect(gradient.shape).toEqual(x.shape);
  const h = 1e-5;
  const shifted = (i: number, by: number) => {
    const values = x.values.slice();
    values[i]! += by;
    return loss({ shape: x.shape, values });
  };
  x.values.forEach((_, i) => {
    const slope = (shifted(i, h) - shifted(i, -h)) / (2 * h);
    expect(Math.abs(slope - gradient.values[i]!), `element ${i}`).toBeLessThan(1e-7);
  });
}

/** Batch norm as a function of z alone. */
const normalise = (z: NdArray) => ({ z, moments: plain.moments(z) });

describe('gradients equal finite differences', () => {
  test.each([
    { size: 3, stride: 1, relu: true },
    { size: 3, stride: 2, relu: true },
    { size: 1, stride: 1, relu: false },
    { size: 1, stride: 2, relu: false },
  ] as const)('of a convolution $size wide, stride $stride, relu $relu', ({ size, ...options }) => {
    const x = noise([2, 4, 4, 3], 1);
    const filter = noise([size, size, 3, 2], 2);
    const dz = noise([2, 4 / options.stride, 4 / options.stride, 2], 3);
    const through = (x: NdArray, filter: NdArray) => dot(plain.conv(x, filter, options), dz);
    expectGradient(plain.convInput(dz, filter, x, null, options), x, (x) => through(x, filter));
    const byFilter = plain.convFilter(x, dz, filter.shape, options);
    expectGradient(byFilter, filter, (filter) => through(x, filter));
  });

  test('of a convolution whose input another path reads too, behind the same relu', () => {
    const options = { stride: 1, relu: true } as const;
    const x = noise([1, 4, 4, 2], 1);
    const filter = noise([3, 3, 2, 2], 2);
    const dz = noise([1, 4, 4, 2], 3);
    const other = noise(x.shape, 4);
    const loss = (x: NdArray) => {
      const rectified = { ...x, values: x.values.map((value) => Math.max(value, 0)) };
      return dot(plain.conv(x, filter, options), dz) + dot(rectified, other);
    };
    expectGradient(plain.convInput(dz, filter, x, other, options), x, loss);
  });

  test('of batch norm', () => {
    const z = noise([2, 4, 4, 3], 1, { mean: 2 });
    const [scale, shift] = [noise([3], 2), noise([3], 3)];
    const g = noise(z.shape, 4);
    const n = normalise(z);
    const sums = plain.normSums(n, g);
    const through = (z: NdArray, scale: NdArray, shift: NdArray) =>
      dot(plain.norm(normalise(z), scale, shift, null), g);
    expectGradient(plain.normInput(n, scale, sums, g), z, (z) => through(z, scale, shift));
    const row = (i: number) => ({ shape: [3], values: sums.values.subarray(3 * i, 3 * i + 3) });
    expectGradient(row(1), scale, (scale) => through(z, scale, shift));
    expectGradient(row(0), shift, (shift) => through(z, scale, shift));
  });

  test('of a mixture', () => {
    const plan: MixPlan = { edges: [2, 4], columns: 5, skip: 1, pool: 4, convs: [2, 3] };
    const x = noise([2, 4, 4, 3], 1);
    const p = noise([6, 5], 2);
    const zs = [noise([2, 4, 4, 6], 3), noise([2, 4, 4, 6], 4)];
    const dys = [noise(x.shape, 5), noise(x.shape, 6)];
    const loss = (x: NdArray, p: NdArray, zs: readonly NdArray[]) =>
      mixture
        .mix(x, p, zs.map(normalise), [null, null], plan)
        .reduce((sum, node, e) => sum + dot(node, dys[e]!), 0);
    const convs = zs.map(normalise);
    const { sums, dp } = mixture.mixSums(x, convs, dys, plan);
    expectGradient(dp, p, (p) => loss(x, p, zs));
    expectGradient(mixture.mixInput(p, dys, null, plan), x, (x) => loss(x, p, zs));
    mixture.mixConvs(p, convs, sums, dys, plan).forEach((dz, i) => {
      expectGradient(dz, zs[i]!, (z) => loss(x, p, zs.with(i, z)));
    });
  });

  test('of the pools', () => {
    const x = noise([2, 4, 4, 3], 1);
    const dy = noise([2, 2, 2, 3], 2);
    expectGradient(plain.pool2Input(dy, null), x, (x) => dot(plain.pool2(x), dy));
    const [scale, shift] = [noise([3], 3), noise([3], 4)];
    const dPooled = noise([2, 3], 5);
    const n = normalise(x);
    const g = plain.headPoolInput(n, scale, shift, dPooled);
    const dz = plain.normInput(n, scale, plain.normSums(n, g), g);
    expectGradient(dz, x, (z) => dot(plain.headPool(normalise(z), scale, shift), dPooled));
  });

  test('of the classifier and the softmax', () => {
    const [pooled, weight, bias] = [noise([3, 4], 1), noise([4, 10], 2), noise([10], 3)];
    const labels = labelsOf(3);
    const loss = (pooled: NdArray, weight: NdArray, bias: NdArray) =>
      training.classify(pooled, weight, bias, labels).scores.values[0]!;
    const { dLogits } = training.classify(pooled, weight, bias, labels);
    const dPooled = training.classifyInput(dLogits, weight);
    expectGradient(dPooled, pooled, (pooled) => loss(pooled, weight, bias));
    const into = training.classifyWeights(pooled, dLogits);
    expectGradient(into.weight, weight, (weight) => loss(pooled, weight, bias));
    expectGradient(into.bias, bias, (bias) => loss(pooled, weight, bias));
    const [alpha, dp] = [noise([6, 5], 4), noise([6, 5], 5)];
    const dAlpha = training.softmaxInput(training.softmax(alpha), dp);
    expectGradient(dAlpha, alpha, (alpha) => dot(training.softmax(alpha), dp));
  });
});

describe('forward passes equal stock tfjs', () => {
  beforeAll(async () => {
    await tf.setBackend('cpu');
  });

  const tensor = <R extends tf.Rank>({ values, shape }: NdArray) =>
    tf.tensor<R>(Float32Array.from(values), [...shape] as tf.ShapeMap[R]);

  function expectEqual(got: NdArray, expected: tf.Tensor): void {
    expect(got.shape).toEqual(expected.shape);
    expected.dataSync().forEach((value, i) => {
      expect(Math.abs(got.values[i]! - value), `element ${i}`).toBeLessThan(1e-5);
    });
  }

  test.each([
    { size: 3, stride: 1 },
    { size: 3, stride: 2 },
    { size: 1, stride: 1 },
    { size: 1, stride: 2 },
  ] as const)('convolution $size wide, stride $stride', ({ size, stride }) => {
    const [x, filter] = [noise([2, 6, 6, 3], 1), noise([size, size, 3, 4], 2)];
    const read = tf.relu(tensor<tf.Rank.R4>(x));
    const stock = tf.conv2d(read, tensor<tf.Rank.R4>(filter), stride, (size - 1) / 2);
    expectEqual(plain.conv(x, filter, { stride, relu: true }), stock);
  });

  test('batch norm', () => {
    const z = noise([3, 4, 4, 5], 1, { mean: 3 });
    const [scale, shift] = [noise([5], 2), noise([5], 3)];
    const { mean, variance } = tf.moments(tensor(z), [0, 1, 2]);
    const stock = tf.batchNorm(
      tensor<tf.Rank.R4>(z),
      mean,
      variance,
      tensor(shift),
      tensor(scale),
      1e-5,
    );
    expectEqual(plain.norm(normalise(z), scale, shift, null), stock);
  });

  test('pools', () => {
    const x = noise([2, 6, 6, 3], 1);
    expectEqual(mixture.averagePool3(x), tf.avgPool(tensor<tf.Rank.R4>(x), 3, 1, 'same'));
    expectEqual(plain.pool2(x), tf.avgPool(tensor<tf.Rank.R4>(x), 2, 2, 'valid'));
  });

  test('softmax, cross-entropy and right answers', () => {
    const [pooled, weight, bias] = [noise([5, 4], 1), noise([4, 10], 2), noise([10], 3)];
    const labels = labelsOf(5);
    const { logits, scores } = training.classify(pooled, weight, bias, labels);
    const stock = tf
      .matMul(tensor<tf.Rank.R2>(pooled), tensor<tf.Rank.R2>(weight))
      .add(tensor(bias));
    expectEqual(logits, stock);
    const target = tf.oneHot(tf.tensor1d(labels, 'int32'), 10);
    const right = tf.argMax(stock, 1).equal(tf.tensor1d(labels, 'int32')).sum().toFloat();
    expectEqual(scores, tf.stack([tf.losses.softmaxCrossEntropy(target, stock), right]));
    const alpha = noise([6, 5], 4);
    expectEqual(training.softmax(alpha), tf.softmax(tensor(alpha)));
  });
});

describe('optimisers by hand', () => {
  test('SGD clips by the norm, decays, and looks ahead along its velocity', () => {
    const [weights, velocity] = [Float64Array.of(2, -1), Float64Array.of(0.5, 0)];
    const rates = { rate: 0.1, momentum: 0.5, decay: 0.1, clip: 2.5 };
    // Length 5, so that half of (3, -4) is left; decay makes it (1.7, -2.1).
    const length = training.sgd(weights, velocity, Float64Array.of(3, -4), rates);
    expect(length).toBe(5);
    expect(velocity[0]).toBeCloseTo(0.25 + 1.7, 6);
    expect(velocity[1]).toBeCloseTo(-2.1, 6);
    expect(weights[0]).toBeCloseTo(2 - 0.1 * (1.7 + 0.975), 6);
    expect(weights[1]).toBeCloseTo(-1 + 0.1 * (2.1 + 1.05), 6);
  });

  test("Adam's first step has the size of its rate", () => {
    const alpha = Float64Array.of(1, 0);
    const state = { alpha, first: new Float64Array(2), second: new Float64Array(2) };
    const rates = { rate: 0.01, beta1: 0.5, beta2: 0.999, epsilon: 1e-8, l2: 0.5 };
    // L2 turns the gradient -0.1 of an alpha of 1 into 0.4.
    training.adam(state, Float64Array.of(-0.1, -3), 1, rates);
    expect(alpha[0]).toBeCloseTo(0.99, 6);
    expect(alpha[1]).toBeCloseTo(0.01, 6);
    expect(state.first[0]).toBeCloseTo(0.2, 12);
    expect(state.second[1]).toBeCloseTo(0.009, 12);
    training.adam(state, Float64Array.of(0.4 - 0.5 * alpha[0]!, 0), 2, rates);
    // Gradient 0.4 again: both corrected averages are those of a constant.
    expect(alpha[0]).toBeCloseTo(0.98, 6);
  });
});
