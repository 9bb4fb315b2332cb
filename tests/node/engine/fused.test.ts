import { startBackend } from '../../support/backends';
import { fusedSuite, type Opened } from '../../support/fused-suite';

/* The composition of stock kernels; our own code has the same suite in files of its own. */

const stock = async (name: 'cpu' | 'wasm'): Promise<Opened> => {
  const k = await startBackend(name);
  return { k, fused: k.fused, clock: 'host', close: () => k.dispose() };
};

fusedSuite('stock composition on cpu', () => stock('cpu'));
fusedSuite('stock composition on wasm', () => stock('wasm'));
