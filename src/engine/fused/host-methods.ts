import type { Kernels } from '../kernels';
import { RATE, type Clock, type Tensor } from './fused';
import { rowOf } from './host-steps';
import { LEAST_SHARE, type MethodKernels, type Noise } from './method';

/**
 * {@link MethodKernels} on backends whose memory the host sees. Alpha has thirty entries: plain loops
 * in double precision. Math.exp and Math.log may differ between JavaScript engines in the last bit of
 * 53; rounding to 24 bits hides nearly every such case.
 */
export class HostMethods implements MethodKernels {
  constructor(private readonly k: Kernels) {}

  noise({ width, rows }: Noise, { step }: Clock): Tensor {
    return this.k.upload(rows.slice(step * width, (step + 1) * width), [width]);
  }

  exponentiate(alpha: Tensor, gradient: Tensor, clock: Clock): void {
    const values = this.k.host(alpha);
    const slopes = this.k.host(gradient);
    const rate = rowOf(clock)[RATE.alpha]!;
    for (const [start, end] of rowsOf(alpha)) {
      const theta = softmax(values.subarray(start, end));
      const moved = theta.map((share, i) =>
        Math.max(share * Math.exp(-rate * slopes[start + i]!), LEAST_SHARE),
      );
      const sum = moved.reduce((a, b) => a + b);
      moved.forEach((share, i) => (values[start + i] = Math.log(share / sum)));
    }
  }
}

/** Where each row of a table begins and ends. */
function rowsOf({ shape }: Tensor): [number, number][] {
  const [rows, columns] = shape as [number, number];
  return Array.from({ length: rows }, (_, row) => [row * columns, (row + 1) * columns]);
}

function softmax(values: ArrayLike<number>): number[] {
  const row = Array.from(values);
  const most = Math.max(...row);
  const exponentials = row.map((value) => Math.exp(value - most));
  const sum = exponentials.reduce((a, b) => a + b);
  return exponentials.map((value) => value / sum);
}
