import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { expect, test } from 'vitest';

test('the gradients of TensorFlow.js are registered with the core that operations come from', async () => {
  await tf.setBackend('cpu');
  const gradient = tf.grad((x: tf.Tensor) => tf.sum(tf.mul(x, x)))(tf.tensor1d([1, 2, 3]));
  expect(Array.from(await gradient.data())).toEqual([2, 4, 6]);
});

test('the name of the build is defined', () => {
  expect(__BUILD__).toMatch(/^\d+\.\d+\.\d+\+([0-9a-f]{7,}(-dirty)?|unknown)$/);
});
