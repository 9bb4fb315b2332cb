import { loadWasmKernels } from '../../../src/engine/fused/wasm/kernels';
import { startBackend } from '../../support/backends';
import { sparseSuite } from '../../support/sparse-suite';

sparseSuite(
  'our SIMD kernels on wasm',
  async () => {
    const k = await startBackend('wasm');
    k.install(await loadWasmKernels(k));
    return { k };
  },
  [
    { channels: 3, batch: 2 },
    { channels: 4, batch: 5, recompute: true },
    { channels: 8, batch: 3 },
  ],
  25,
);
