import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { MixPlan } from '../../../src/engine/fused/fused';
import * as registered from '../../../src/engine/fused/register';
import * as plain from '../plain-kernels';
import * as mixture from '../plain-mixture';
import type { NdArray } from '../plain-array';
import * as training from '../plain-training';
import { expectClose, type Bench } from './bench';
import { labelsOf, noise } from './noise';

type Function = (inputs: readonly tf.Tensor[]) => tf.Tensor;

const tensorOf = ({ values, shape }: NdArray) => tf.tensor(Float32Array.from(values), [...shape]);

const image = (tensor: tf.Tensor | undefined) => tensor as tf.Tensor4D;
const matrix = (tensor: tf.Tensor | undefined) => tensor as tf.Tensor2D;
const vector = (tensor: tf.Tensor | undefined) => tensor as tf.Tensor1D;

/** <y, dy>, whose gradient with respect to y is dy. */
const dot = (y: tf.Tensor, dy: NdArray): tf.Scalar => tf.sum(tf.mul(y, tensorOf(dy)));

/** The fused operations under tfjs's tape. */
export function registeredSuite(bench: () => Bench): void {
  describe('registered in tfjs', () => {
    beforeAll(() => registered.registerFused(bench().k));

    /** Gradients of `loss`; fails when tfjs or we still hold a tensor after a second pass. */
    async function gradientsOf(loss: Function, inputs: readonly NdArray[]): Promise<NdArray[]> {
      const { k } = bench();
      const once = async () => {
        const results = tf.tidy(() =>
          tf.grads((...tensors) => loss(tensors))(inputs.map(tensorOf)),
        );
        const values: NdArray[] = [];
        for (const result of results) {
          values.push({ shape: result.shape, values: Float64Array.from(await result.data()) });
        }
        tf.dispose(results);
        return values;
      };
      const first = await once();
      const alive = () => {
        // With nothing made since, the peak is what is alive now.
        k.resetPeak();
        return { tensors: tf.memory().numTensors, data: k.count, bytes: k.peakBytes };
      };
      const before = alive();
      expect(await once()).toEqual(first);
      expect(alive()).toEqual(before);
      return first;
    }

    /** Each gradient against its name and truth. */
    async function expectGradients(
      loss: Function,
      inputs: readonly NdArray[],
      expected: Readonly<Record<string, NdArray>>,
    ): Promise<void> {
      const got = await gradientsOf(loss, inputs);
      Object.entries(expected).forEach(([name, gradient], i) => {
        expectClose(`d ${name}`, got[i]!, gradient);
      });
    }

    const normalise = (z: NdArray) => ({ z, moments: plain.moments(z) });
    const row = ({ shape, values }: NdArray, i: number): NdArray => ({
      shape: [shape[1]!],
      values: values.slice(i * shape[1]!, (i + 1) * shape[1]!),
    });

    test('convolution', async () => {
      const options = { stride: 2, relu: true } as const;
      const [x, filter] = [noise([2, 8, 8, 4], 1), noise([3, 3, 4, 8], 2)];
      const dz = noise([2, 4, 4, 8], 3);
      const loss: Function = ([x, filter]) =>
        dot(registered.conv(image(x), image(filter), options), dz);
      await expectGradients(loss, [x, filter], {
        x: plain.convInput(dz, filter, x, null, options),
        filter: plain.convFilter(x, dz, filter.shape, options),
      });
    });

    test('batch norm', async () => {
      const [z, scale, shift] = [noise([3, 4, 4, 5], 1), noise([5], 2), noise([5], 3)];
      const g = noise(z.shape, 4);
      const loss: Function = ([z, scale, shift]) =>
        dot(registered.batchNorm(image(z), vector(scale), vector(shift)), g);
      const n = normalise(z);
      const sums = plain.normSums(n, g);
      await expectGradients(loss, [z, scale, shift], {
        z: plain.normInput(n, scale, sums, g),
        scale: row(sums, 1),
        shift: row(sums, 0),
      });
    });

    test.each([
      { edges: [0, 1, 3], columns: 5, skip: 1, pool: 4, convs: [2, 3] },
      { edges: [2, 4], columns: 3, skip: -1, pool: 1, convs: [2] },
      { edges: [5], columns: 2, skip: 1, pool: -1, convs: [] },
    ] satisfies MixPlan[])('mixture, $edges.length edges, convolutions $convs', async (plan) => {
      const x = noise([2, 4, 4, 4], 1);
      const p = noise([6, plan.columns], 2);
      const zs = plan.convs.map((_, i) => noise([2, 4, 4, 4 * plan.edges.length], 3 + i));
      const dys = plan.edges.map((_, e) => noise(x.shape, 10 + e));
      const loss: Function = ([x, p, ...zs]) =>
        tf.addN(
          registered
            .mix(image(x), matrix(p), zs.map(image), plan)
            .map((node, e) => dot(node, dys[e]!)),
        );
      const convs = zs.map(normalise);
      const { sums, dp } = mixture.mixSums(x, convs, dys, plan);
      const dzs = mixture.mixConvs(p, convs, sums, dys, plan);
      await expectGradients(loss, [x, p, ...zs], {
        x: mixture.mixInput(p, dys, null, plan),
        p: dp,
        ...Object.fromEntries(dzs.map((dz, i) => [`z ${i}`, dz])),
      });
    });

    test('2x2 pool', async () => {
      const [x, dy] = [noise([2, 4, 4, 4], 1), noise([2, 2, 2, 4], 2)];
      await expectGradients(([x]) => dot(registered.pool2(image(x)), dy), [x], {
        x: plain.pool2Input(dy, null),
      });
    });

    test('head pool and classifier, one behind the other', async () => {
      const [z, scale, shift] = [noise([3, 4, 4, 6], 1), noise([6], 2), noise([6], 3)];
      const [weight, bias] = [noise([6, 10], 4), noise([10], 5)];
      const labels = labelsOf(3);
      const loss: Function = ([z, scale, shift, weight, bias]) => {
        const pooled = registered.headPool(image(z), vector(scale), vector(shift));
        const targets = tf.tensor1d(labels, 'int32');
        const { scores } = registered.classify(pooled, matrix(weight), vector(bias), targets);
        // Three times the loss, so that the slope that comes back is not 1.
        return tf.sum(tf.mul(tf.slice(scores, 0, 1), 3));
      };
      const n = normalise(z);
      const pooled = plain.headPool(n, scale, shift);
      const { dLogits } = training.classify(pooled, weight, bias, labels);
      const g = { ...dLogits, values: dLogits.values.map((value) => 3 * value) };
      const onHead = plain.headPoolInput(n, scale, shift, training.classifyInput(g, weight));
      const sums = plain.normSums(n, onHead);
      await expectGradients(loss, [z, scale, shift, weight, bias], {
        z: plain.normInput(n, scale, sums, onHead),
        scale: row(sums, 1),
        shift: row(sums, 0),
        ...training.classifyWeights(pooled, g),
      });
    });

    test('logits have a gradient of their own', async () => {
      const [pooled, weight, bias] = [noise([3, 4], 1), noise([4, 10], 2), noise([10], 3)];
      const g = noise([3, 10], 4);
      const targets = labelsOf(3);
      const loss: Function = ([pooled, weight, bias]) => {
        const labels = tf.tensor1d(targets, 'int32');
        const inputs = [matrix(pooled), matrix(weight), vector(bias), labels] as const;
        return dot(registered.classify(...inputs).logits, g);
      };
      await expectGradients(loss, [pooled, weight, bias], {
        pooled: training.classifyInput(g, weight),
        ...training.classifyWeights(pooled, g),
      });
    });
  });
}
