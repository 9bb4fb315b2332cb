import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Kernels } from '../../../src/engine/kernels';
import { averagePool3, averagePool3Gradient } from '../../../src/engine/pool';
import { startBackend } from '../../support/backends';

let k: Kernels;

beforeAll(async () => {
  k = await startBackend('wasm');
});

const wave = (length: number, phase: number) =>
  Float32Array.from({ length }, (_, i) => Math.sin(1 + 0.7 * i + phase));

/** Largest difference over the largest magnitude. */
function relative(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(got).toHaveLength(expected.length);
  let worst = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    worst = Math.max(worst, Math.abs(got[i]! - expected[i]!));
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return worst / Math.max(scale, 1e-12);
}

interface Convolution {
  readonly batch: number;
  readonly size: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly kernel: number;
  readonly stride: number;
}

const convolutions: fc.Arbitrary<Convolution> = fc.record({
  batch: fc.integer({ min: 1, max: 5 }),
  size: fc.constantFrom(2, 4, 8),
  inputs: fc.integer({ min: 1, max: 9 }),
  outputs: fc.integer({ min: 1, max: 9 }),
  kernel: fc.constantFrom(1, 3),
  stride: fc.constantFrom(1, 2),
});

describe('the convolution gradients that tfjs lacks on wasm', () => {
  test('equal those of the plain cpu backend for every shape of the supernet', async () => {
    await fc.assert(
      fc.asyncProperty(convolutions, async ({ batch, size, inputs, outputs, kernel, stride }) => {
        // A 1x1 convolution of stride 2 does not occur.
        fc.pre(kernel === 3 || stride === 1);
        const pad = (kernel - 1) / 2;
        const out = size / stride;
        const shapes = {
          x: [batch, size, size, inputs],
          filter: [kernel, kernel, inputs, outputs],
          dy: [batch, out, out, outputs],
        } as const;
        const count = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);
        const values = {
          x: wave(count(shapes.x), 0),
          filter: wave(count(shapes.filter), 1),
          dy: wave(count(shapes.dy), 2),
        };
        await tf.setBackend('cpu');
        const [dx, dFilter] = tf.tidy(() => {
          const [x, filter, dy] = (['x', 'filter', 'dy'] as const).map((name) =>
            tf.tensor4d(values[name], [...shapes[name]]),
          ) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
          const conv = (a: tf.Tensor, b: tf.Tensor) =>
            tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, stride, pad);
          return tf
            .grads(conv)([x, filter], dy)
            .map((t) => t.dataSync().slice());
        });
        const before = k.count;
        const mine = k.scope(() => {
          const x = k.upload(values.x, shapes.x);
          const filter = k.upload(values.filter, shapes.filter);
          const dy = k.upload(values.dy, shapes.dy);
          const pair = [
            k.convInputGradient(dy, filter, shapes.x, { stride, pad }),
            k.convFilterGradient(x, dy, shapes.filter, { stride, pad }),
          ] as const;
          return { keep: pair, value: pair };
        });
        expect(relative(await k.read(mine[0]), dx!)).toBeLessThan(1e-5);
        expect(relative(await k.read(mine[1]), dFilter!)).toBeLessThan(1e-5);
        k.free(...mine);
        expect(k.count).toBe(before);
      }),
      { numRuns: 60 },
    );
  });
});

describe('products with one tensor under two shapes', () => {
  test('do not reuse the first shape, as the stock wasm kernel does', async () => {
    const values = wave(24, 0);
    const b = k.keep(k.upload(values, [4, 6]));
    const first = k.keep(k.matmul(k.upload(wave(8, 1), [2, 4]), b));
    const second = k.keep(k.matmul(k.upload(wave(12, 2), [2, 6]), k.view(b, [6, 4])));
    await tf.setBackend('cpu');
    const expected = tf.matMul(tf.tensor2d(wave(12, 2), [2, 6]), tf.tensor2d(values, [6, 4]));
    expect(relative(await k.read(second), expected.dataSync())).toBeLessThan(1e-6);
    k.free(b, first, second);
  });
});

describe('the average pool', () => {
  const shape = [1, 3, 3, 1] as const;
  const x = wave(9, 0);
  const dy = wave(9, 3);

  test('leaves padding out of the divisor', async () => {
    const y = await k.read(k.keep(averagePool3(k, k.upload(x, shape))));
    expect(y[0]).toBeCloseTo((x[0]! + x[1]! + x[3]! + x[4]!) / 4, 6);
    expect(y[4]).toBeCloseTo(x.reduce((a, b) => a + b, 0) / 9, 6);
  });

  test('has the transpose as its gradient: <pool(x), dy> = <x, gradient(dy)>', async () => {
    const y = await k.read(k.keep(averagePool3(k, k.upload(x, shape))));
    const dx = await k.read(k.keep(averagePool3Gradient(k, k.upload(dy, shape))));
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((s, v, i) => s + v * b[i]!, 0);
    expect(dot(y, dy)).toBeCloseTo(dot(x, dx), 5);
  });

  test('is our own because the gradient of tfjs 4.22 is wrong at the border', async () => {
    await tf.setBackend('cpu');
    const pool = (t: tf.Tensor) => tf.avgPool(t as tf.Tensor4D, 3, 1, 'same');
    const dx = tf
      .grad(pool)(tf.tensor4d(x, [...shape]), tf.tensor4d(dy, [...shape]))
      .dataSync();
    const ours = await k.read(k.keep(averagePool3Gradient(k, k.upload(dy, shape))));
    expect(relative(dx, ours)).toBeGreaterThan(0.1);
  });
});
