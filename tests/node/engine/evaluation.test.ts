import { loadWasmKernels } from '../../../src/engine/fused/wasm/kernels';
import { startBackend } from '../../support/backends';
import { evaluationSuite } from '../../support/evaluation-suite';

evaluationSuite('stock kernels on cpu', () => startBackend('cpu'));
evaluationSuite('stock kernels on wasm', () => startBackend('wasm'), ['every operation']);
evaluationSuite('our SIMD kernels on wasm', async () => {
  const k = await startBackend('wasm');
  k.install(await loadWasmKernels(k));
  return k;
});
