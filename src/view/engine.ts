import type { BackendName } from '../trace/types';
import type { OpenedReport } from '../trainer/client';
import type { KernelCode } from '../trainer/protocol';

export const KERNEL_WORDS: Readonly<Record<KernelCode, string>> = {
  wgsl: 'this app’s WGSL kernels',
  simd: 'this app’s SIMD kernels',
  stock: 'TensorFlow.js’s own kernels',
};

const NAMES: Readonly<Record<BackendName, string>> = {
  webgpu: 'WebGPU',
  wasm: 'wasm',
  cpu: 'plain JavaScript',
};

export function engineName(backend: BackendName): string {
  return NAMES[backend];
}

/** `Runs on wasm with this app’s SIMD kernels; they passed their self-test.` */
export function engineLine({ backend, code }: Pick<OpenedReport, 'backend' | 'code'>): string {
  return `Runs on ${engineName(backend)} with ${KERNEL_WORDS[code]}; they passed their self-test.`;
}

/** What a visitor should know of the engine without asking, as a title; null when all is well. */
export function engineWarning({ backend, code, distrusted }: OpenedReport): string | null {
  if (backend === 'wasm' && code === 'stock') {
    return 'Training is slower here than it could be: this app’s own kernels are not used';
  }
  return distrusted ? 'The GPU is not used: it computed wrong numbers' : null;
}
