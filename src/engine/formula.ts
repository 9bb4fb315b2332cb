import type { HostBatch } from '../data/augment';
import type { Parameter } from './parameters';

/*
 * Weights, alphas and images given by formulas, so that another implementation can make the same and
 * its results can be compared number by number: the inputs of the numerics self-test.
 */

/** Initial value of the j-th parameter tensor at PyTorch flat index i. */
export function formulaValue({ name, shape, fanIn }: Parameter, j: number): (i: number) => number {
  const wave = (i: number) => Math.sin(1 + 0.7 * i + 1.3 * j);
  if (fanIn !== null) return (i) => wave(i) / Math.sqrt(fanIn);
  if (shape.length !== 1) throw new Error(`${name} is not a batch norm parameter.`);
  return name.endsWith('.weight') ? (i) => 1 + 0.1 * wave(i) : (i) => 0.1 * wave(i);
}

/** `[6, columns]` */
export function formulaAlpha(columns: number): Float32Array {
  return Float32Array.from({ length: 6 * columns }, (_, i) => 0.3 * Math.sin(1 + i));
}

/** A batch with offset q, images in `[batch, row, column, channel]` order. */
export function formulaBatch(batch: number, resolution: number, q: number): HostBatch {
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
