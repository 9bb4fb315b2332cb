import type { Kernels } from '../../kernels';

/** What tfjs's WebGPU backend remembers of a tensor. */
export interface TensorData {
  readonly resource: GPUBuffer | null;
  values: unknown;
}

/** The buffer manager that tfjs calls; ours takes its place. */
export interface BufferManager {
  acquireBuffer(
    size: number,
    usage: GPUBufferUsageFlags,
    mappedAtCreation?: boolean,
    reuse?: boolean,
  ): GPUBuffer;
  releaseBuffer(buffer: GPUBuffer, reuse?: boolean): void;
}

/** The parts of tfjs 4.22's WebGPU backend that we use or replace, most of them private there. */
export interface WebGpuBackend {
  readonly tensorMap: { get(dataId: object): TensorData };
  bufferManager: BufferManager;
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  uploadToGPU(dataId: object): void;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  checkCompileCompletionAsync(): Promise<void>;
  convertAndCacheOnCPU(dataId: object, values: unknown): unknown;
}

export function webGpuBackend(k: Kernels): WebGpuBackend {
  if (k.name !== 'webgpu') throw new Error(`The ${k.name} backend has no GPU.`);
  return k.backend as unknown as WebGpuBackend;
}
