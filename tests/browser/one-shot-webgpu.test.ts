import {
  env,
  findBackendFactory,
  registerBackend,
  removeBackend,
  setBackend,
} from '@tensorflow/tfjs-core';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { expect, test } from 'vitest';
import { WebGpuKernels } from '../../src/engine/fused/webgpu/kernels';
import { Kernels } from '../../src/engine/kernels';
import { ONE_SHOT_1 } from '../../src/paper/space/nas-bench-1shot1';
import { architecture, expectParity } from '../support/one-shot-suite';

/** For an adapter that a CPU emulates. */
const THREADS = 64;

test('a 1Shot1 supernet on WebGPU equals the plain implementation', async () => {
  const adapter = (await navigator.gpu.requestAdapter())!;
  const { maxStorageBuffersPerShaderStage } = adapter.limits;
  const device = await adapter.requestDevice({
    requiredLimits: { maxStorageBuffersPerShaderStage },
  });
  const errors: string[] = [];
  device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
  env().set('WEBGPU_CPU_FORWARD', false);
  const backend = new WebGPUBackend(device, adapter.info);
  if (findBackendFactory('webgpu')) removeBackend('webgpu');
  registerBackend('webgpu', () => backend);
  await setBackend('webgpu');
  const k = new Kernels(backend, 'webgpu');
  k.install(
    new WebGpuKernels(k, device, {
      threads: THREADS,
      bindings: maxStorageBuffersPerShaderStage,
      half: false,
    }),
  );
  await expectParity(k, architecture(ONE_SHOT_1, 2));
  expect(errors).toEqual([]);
  removeBackend('webgpu');
  device.destroy();
}, 120_000);
