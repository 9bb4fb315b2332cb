import {
  type KernelBackend,
  engine,
  env,
  findBackendFactory,
  registerBackend,
  removeBackend,
  setBackend,
} from '@tensorflow/tfjs-core';
import type { BackendName } from '../trace/types';
import { registerFused } from './fused/register';
import { StockKernels } from './fused/stock';
import type { Tuning } from './fused/webgpu/context';
import { Kernels } from './kernels';
import { selfTest } from './self-test';
import { registerWasmTrainingKernels } from './wasm-kernels';

export type DeviceFault = 'no-backend' | 'gpu-lost' | 'gpu-error';

/** A device that cannot compute, or not any more. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';

  constructor(
    readonly kind: DeviceFault,
    message: string,
  ) {
    super(message);
  }
}

/** A backend that is ready to train. */
export interface Device {
  readonly name: BackendName;
  /** The GPU's description, or the kind of CPU code. */
  readonly adapter: string;
  /** Why this backend, in a sentence. */
  readonly why: string;
  /** Whose kernels compute: ours in WGSL or SIMD, or tfjs's own. */
  readonly code: 'wgsl' | 'simd' | 'stock';
  /** The GPU was to be used and computed wrong numbers. */
  readonly distrusted: boolean;
  readonly kernels: Kernels;
  /** What of this is recorded with a run, such as {@link F16_STORAGE}. */
  readonly options: readonly string[];
  /** How our kernels are cut to the GPU; null where another device computes. */
  readonly gpu: Tuning | null;
  /** Bytes of the largest single tensor and of all, as far as the device tells. */
  readonly limits: { readonly tensor: number; readonly total: number };
  /** @throws DeviceError once anything went wrong on the device; wrong numbers must not go on. */
  readonly check: () => void;
  readonly close: () => void;
}

/** How a device shall compute where there is a choice. */
export interface DeviceOptions {
  /** WebGPU only: see `Tuning.half`. False by default. */
  readonly half?: boolean;
}

/** Recorded with a run where {@link DeviceOptions.half} is on. */
export const F16_STORAGE = 'f16 storage';

/** Where the wasm files are: a URL per file in the page, a folder in Node. */
export type WasmPaths = string | Readonly<Record<string, string>>;

/** Remembers which devices have passed the self-test. */
export interface TestMemory {
  readonly passed: (device: string) => Promise<boolean>;
  readonly remember: (device: string) => Promise<void>;
}

const FORGETFUL: TestMemory = {
  passed: () => Promise.resolve(false),
  remember: () => Promise.resolve(),
};

/**
 * Opens a backend: `auto` tries webgpu, then wasm. Nothing is handed out before its arithmetic has
 * been tested; a GPU that fails gives way to the CPU, and our CPU code to tfjs's.
 *
 * @throws DeviceError `no-backend` when what was asked for is not to be had here
 */
export async function openDevice(
  choice: 'auto' | BackendName,
  wasmPaths: WasmPaths,
  memory: TestMemory = FORGETFUL,
  options: DeviceOptions = {},
): Promise<Device> {
  const wasm = (why: string) => openWasm(why, wasmPaths, memory);
  if (choice === 'cpu') return tested(await openCpu(), memory);
  if (choice === 'wasm') return wasm('WebAssembly, as chosen.');
  let device: Device;
  try {
    device =
      choice === 'webgpu'
        ? await openWebGpu('WebGPU, as chosen.', options)
        : await openWebGpu('WebGPU is available.', { ...options, software: false });
  } catch (error) {
    if (choice === 'webgpu' || !(error instanceof DeviceError)) throw error;
    return wasm(`${error.message} Training runs on the CPU instead.`);
  }
  try {
    return await tested(device, memory);
  } catch (error) {
    device.close();
    if (!(error instanceof DeviceError)) throw error;
    const distrusted = error instanceof SelfTestError;
    return { ...(await wasm(`${error.message} Training runs on the CPU instead.`)), distrusted };
  }
}

class SelfTestError extends DeviceError {
  constructor(device: string, detail: string) {
    super('no-backend', `The self-test of the arithmetic failed on ${device}: ${detail}`);
  }
}

/** By which a passed self-test is remembered. */
export function testedName({
  name,
  code,
  adapter,
  options,
}: Pick<Device, 'name' | 'code' | 'adapter' | 'options'>): string {
  return [name, code, adapter, ...options].join(' ');
}

/** The device, once its arithmetic is known to be right. @throws SelfTestError */
async function tested(device: Device, memory: TestMemory): Promise<Device> {
  registerFused(device.kernels);
  const name = testedName(device);
  if (await memory.passed(name)) return device;
  const { passed, detail } = await selfTest(device.kernels);
  device.check();
  if (!passed) throw new SelfTestError(device.adapter, detail);
  await memory.remember(name);
  return device;
}

async function openWebGpu(why: string, { software = true, half = false }): Promise<Device> {
  const gpu = (globalThis.navigator as Navigator | undefined)?.gpu;
  if (!gpu) throw new DeviceError('no-backend', 'This browser does not offer WebGPU.');
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new DeviceError('no-backend', 'WebGPU found no graphics adapter.');
  if (!software && isSoftware(adapter.info)) {
    throw new DeviceError(
      'no-backend',
      'WebGPU is emulated in software here, which is slower than WebAssembly.',
    );
  }
  const device = await requestDevice(adapter);
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  const { WebGpuKernels } = await import('./fused/webgpu/kernels');
  // Small tensors would otherwise be computed on the CPU, silently and in another rounding.
  env().set('WEBGPU_CPU_FORWARD', false);
  let failure: DeviceError | null = null;
  let closed = false;
  void device.lost.then(({ reason, message }) => {
    if (closed) return;
    const detail = (message || reason).replace(/\.$/, '');
    failure = new DeviceError('gpu-lost', `The GPU was lost: ${detail}.`);
  });
  device.addEventListener('uncapturederror', ({ error }) => {
    failure ??= new DeviceError('gpu-error', `WebGPU refused an operation: ${error.message}`);
  });
  const backend = new WebGPUBackend(device, adapter.info);
  await install('webgpu', () => backend);
  const kernels = new Kernels(backend, 'webgpu');
  const tuning: Tuning = {
    threads: isSoftware(adapter.info) ? 64 : 2 ** 15,
    bindings: device.limits.maxStorageBuffersPerShaderStage,
    half,
  };
  kernels.install(new WebGpuKernels(kernels, device, tuning));
  return {
    name: 'webgpu',
    adapter: describeAdapter(adapter.info),
    why,
    code: 'wgsl',
    distrusted: false,
    kernels,
    options: half ? [F16_STORAGE] : [],
    gpu: tuning,
    limits: {
      tensor: device.limits.maxStorageBufferBindingSize,
      // WebGPU does not tell how much memory there is. Drivers let one buffer take about half of it;
      // beyond 6 GiB little is gained and other programs suffer.
      total: Math.min(6 * 2 ** 30, 2 * device.limits.maxBufferSize),
    },
    check: () => {
      if (failure) throw failure;
    },
    close: () => {
      closed = true;
      removeBackend('webgpu');
      device.destroy();
    },
  };
}

/** An adapter without a GPU behind it. Browsers that do not say so yet give it away by its name. */
function isSoftware({ isFallbackAdapter, architecture, description }: GPUAdapterInfo): boolean {
  return isFallbackAdapter || /swiftshader|llvmpipe|basic render/i.test(architecture + description);
}

/** The device is ours, not tfjs's: its limits are raised and its errors are heard. */
async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const wanted = [
    'maxStorageBuffersPerShaderStage',
    'maxStorageBufferBindingSize',
    'maxBufferSize',
    'maxComputeWorkgroupStorageSize',
    'maxComputeWorkgroupSizeX',
    'maxComputeInvocationsPerWorkgroup',
    'maxComputeWorkgroupsPerDimension',
  ] as const;
  const requiredLimits = Object.fromEntries(wanted.map((name) => [name, adapter.limits[name]]));
  const features: GPUFeatureName[] = ['timestamp-query'];
  return adapter.requestDevice({
    requiredLimits,
    requiredFeatures: features.filter((feature) => adapter.features.has(feature)),
  });
}

/** A GPU's name for people. */
export function describeAdapter({
  vendor,
  architecture,
  device,
  description,
}: Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'device' | 'description'>): string {
  const parts = [description, vendor, architecture, device].filter((part) => part !== '');
  return [...new Set(parts)].join(' ') || 'unnamed GPU';
}

/** Our SIMD kernels, or tfjs's where ours fail their test. */
async function openWasm(why: string, paths: WasmPaths, memory: TestMemory): Promise<Device> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  const { loadWasmKernels } = await import('./fused/wasm/kernels');
  setWasmPaths(paths);
  // The threaded binary hangs under a strict policy; seeds run side by side instead.
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (!(await env().getAsync('WASM_HAS_SIMD_SUPPORT'))) {
    throw new DeviceError('no-backend', 'This browser has no WebAssembly SIMD.');
  }
  if (!(await setBackend('wasm'))) {
    throw new DeviceError('no-backend', 'WebAssembly could not be started.');
  }
  registerWasmTrainingKernels();
  const kernels = new Kernels(engine().backend, 'wasm');
  kernels.install(await loadWasmKernels(kernels));
  const device: Device = {
    name: 'wasm',
    adapter: 'WebAssembly SIMD, one thread',
    why,
    code: 'simd',
    distrusted: false,
    kernels,
    options: [],
    gpu: null,
    // tfjs's binary may grow to 2 GiB.
    limits: { tensor: 2 ** 30, total: 1.75 * 2 ** 30 },
    check: () => undefined,
    close: () => undefined,
  };
  try {
    return await tested(device, memory);
  } catch (error) {
    if (!(error instanceof SelfTestError)) throw error;
    kernels.install(new StockKernels(kernels));
    const slower = `${why} ${error.message} TensorFlow.js's own kernels are used instead, which are slower.`;
    return tested({ ...device, code: 'stock', why: slower }, memory);
  }
}

async function openCpu(): Promise<Device> {
  await import('@tensorflow/tfjs-backend-cpu');
  if (!(await setBackend('cpu'))) throw new DeviceError('no-backend', 'No plain CPU backend.');
  const kernels = new Kernels(engine().backend, 'cpu');
  kernels.install(new StockKernels(kernels));
  return {
    name: 'cpu',
    adapter: 'JavaScript, one thread',
    why: 'Plain JavaScript, as chosen: correct and very slow.',
    code: 'stock',
    distrusted: false,
    kernels,
    options: [],
    gpu: null,
    limits: { tensor: 2 ** 30, total: 2 ** 31 },
    check: () => undefined,
    close: () => undefined,
  };
}

async function install(name: 'webgpu', factory: () => KernelBackend): Promise<void> {
  // The package registers one of its own, with a device that is not ours.
  if (findBackendFactory(name)) removeBackend(name);
  registerBackend(name, factory, 3);
  if (!(await setBackend(name))) {
    throw new DeviceError('no-backend', 'TensorFlow.js could not start on this GPU.');
  }
}
