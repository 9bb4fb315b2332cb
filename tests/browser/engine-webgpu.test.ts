import { expect, test } from 'vitest';
import { DeviceError, openDevice } from '../../src/engine/device';
import { engineSuite } from '../support/engine-suite';

const open = () => openDevice('webgpu', '');

engineSuite('webgpu', async () => (await open()).kernels);

test('a WebGPU error is fatal: it never becomes a number', async () => {
  const device = await open();
  device.check();
  const k = device.kernels;
  // More values than any adapter binds at once.
  const huge = new Float32Array(16);
  const tensor = k.upload(huge, [16]);
  const broken = k.view(tensor, [2 ** 15, 2 ** 15, 4]);
  k.relu(broken);
  await expect
    .poll(() => {
      try {
        device.check();
        return null;
      } catch (error) {
        return error instanceof DeviceError ? error.kind : error;
      }
    })
    .toBe('gpu-error');
  device.close();
});

test('by itself takes no adapter that only emulates a GPU', async () => {
  const device = await openDevice('auto', '/node_modules/@tensorflow/tfjs-backend-wasm/dist/');
  expect(device.name).toBe('wasm');
  expect(device.why).toMatch(/emulated in software .* CPU instead/);
});
