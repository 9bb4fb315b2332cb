import { loadWasmKernels } from '../../../src/engine/fused/wasm/kernels';
import { startBackend } from '../../support/backends';
import { engineSuite } from '../../support/engine-suite';

engineSuite('stock kernels on cpu', () => startBackend('cpu'), { hessian: false });
engineSuite('stock kernels on wasm', () => startBackend('wasm'), { hessian: false });
engineSuite('our SIMD kernels on wasm', async () => {
  const k = await startBackend('wasm');
  k.install(await loadWasmKernels(k));
  return k;
});
