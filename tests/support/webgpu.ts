import {
  env,
  findBackendFactory,
  registerBackend,
  removeBackend,
  setBackend,
} from '@tensorflow/tfjs-core';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { Tuning } from '../../src/engine/fused/webgpu/context';
import { WebGpuKernels } from '../../src/engine/fused/webgpu/kernels';
import { Kernels } from '../../src/engine/kernels';

/** Few threads with much to do each, as for an emulated GPU, and many that share memory. */
export const FEW = 64;
export const MANY = 2 ** 15;

export interface OpenedGpu {
  readonly k: Kernels;
  readonly fused: WebGpuKernels;
  readonly tuning: Tuning;
  /** What WebGPU refused. */
  readonly errors: string[];
  readonly close: () => void;
}

/** WebGPU with kernels cut to devices of all kinds, past `openDevice` and its self-test. */
export async function openGpu(
  threads: number,
  { bindings = null as number | null, half = false } = {},
): Promise<OpenedGpu> {
  const adapter = (await navigator.gpu.requestAdapter())!;
  const { limits } = adapter;
  const tuning = { threads, half, bindings: bindings ?? limits.maxStorageBuffersPerShaderStage };
  const device = await adapter.requestDevice({
    requiredFeatures: ['timestamp-query'],
    requiredLimits: {
      maxStorageBuffersPerShaderStage: tuning.bindings,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxBufferSize: limits.maxBufferSize,
    },
  });
  const errors: string[] = [];
  device.addEventListener('uncapturederror', ({ error }) => errors.push(error.message));
  env().set('WEBGPU_CPU_FORWARD', false);
  const backend = new WebGPUBackend(device, adapter.info);
  if (findBackendFactory('webgpu')) removeBackend('webgpu');
  registerBackend('webgpu', () => backend);
  await setBackend('webgpu');
  const k = new Kernels(backend, 'webgpu');
  const fused = new WebGpuKernels(k, device, tuning);
  k.install(fused);
  const close = () => {
    removeBackend('webgpu');
    device.destroy();
  };
  return { k, fused, tuning, errors, close };
}
