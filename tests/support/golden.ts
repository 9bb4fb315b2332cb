import golden from '../fixtures/supernet-c4-n1.json';
import type { HostBatch } from '../../src/data/augment';
import { formulaBatch } from '../../src/engine/formula';

/*
 * tests/fixtures/supernet-c4-n1.json holds the numbers of an independent float64 PyTorch
 * implementation for the inputs of src/engine/formula.ts.
 */

export { golden };
export { formulaValue as goldenValue } from '../../src/engine/formula';

export function goldenBatch(q: number): HostBatch {
  return formulaBatch(golden.batch, golden.resolution, q);
}
