import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { StockKernels } from '../../src/engine/fused/stock';
import { Kernels } from '../../src/engine/kernels';
import { registerWasmTrainingKernels } from '../../src/engine/wasm-kernels';
import type { BackendName } from '../../src/trace/types';

/** Starts a backend in Node for a test. */
export async function startBackend(name: Exclude<BackendName, 'webgpu'>): Promise<Kernels> {
  const require = createRequire(import.meta.url);
  setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (!(await tf.setBackend(name))) throw new Error(`No backend ${name}.`);
  await tf.ready();
  if (name === 'wasm') registerWasmTrainingKernels();
  const kernels = new Kernels(tf.backend(), name);
  kernels.install(new StockKernels(kernels));
  return kernels;
}
