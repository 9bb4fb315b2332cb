import golden from '../fixtures/supernet-c4-n1.json';
import type { Parameter } from '../../src/engine/layout';
import type { Batch } from '../../src/engine/supernet';

/*
 * The formulas that generate the inputs of tests/fixtures/supernet-c4-n1.json, the numbers of an
 * independent float64 PyTorch implementation.
 */

export { golden };

/** Initial value of the j-th parameter tensor at PyTorch flat index i. */
export function goldenValue({ name, shape, fanIn }: Parameter, j: number): (i: number) => number {
  const wave = (i: number) => Math.sin(1 + 0.7 * i + 1.3 * j);
  if (fanIn !== null) return (i) => wave(i) / Math.sqrt(fanIn);
  if (shape.length !== 1) throw new Error(`${name} is not a batch norm parameter.`);
  return name.endsWith('.weight') ? (i) => 1 + 0.1 * wave(i) : (i) => 0.1 * wave(i);
}

/** Image batch with offset q, in `[batch, row, column, channel]` order. */
export function goldenBatch(q: number): Batch {
  const { batch, resolution } = golden;
  const images = new Float32Array(batch * resolution * resolution * 3);
  for (let n = 0; n < batch; n++) {
    for (let c = 0; c < 3; c++) {
      for (let y = 0; y < resolution; y++) {
        for (let x = 0; x < resolution; x++) {
          const k = ((n * 3 + c) * resolution + y) * resolution + x;
          const value = Math.sin(0.11 * k + q) + 0.5 * Math.cos(0.37 * k + q);
          images[((n * resolution + y) * resolution + x) * 3 + c] = value;
        }
      }
    }
  }
  const labels = Int32Array.from({ length: batch }, (_, n) => (3 * n + 1 + q) % 10);
  return { images, labels };
}
