import { expect, test } from 'vitest';
import { DeviceError, openDevice, type Device } from '../../src/engine/device';
import { engineSuite, SUBSETS } from '../support/engine-suite';

let device: Device;

// An emulated GPU takes a while to compile a net. The fused kernels go through every subset of the
// operations; here are those without convolutions and without skip and pool, whose passes differ most.
const subsets = SUBSETS.filter((ops) => ops.length === 2 && ops[0] === 'none');

engineSuite(
  'webgpu',
  async () => {
    device = await openDevice('webgpu', '');
    return device.kernels;
  },
  { subsets },
);

test('a WebGPU error is fatal: it never becomes a number', async () => {
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
  const chosen = await openDevice('auto', '/node_modules/@tensorflow/tfjs-backend-wasm/dist/');
  expect(chosen.name).toBe('wasm');
  expect(chosen.why).toMatch(/emulated in software .* CPU instead/);
});
