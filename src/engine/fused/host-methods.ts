import { sizeOf, type Kernels } from '../kernels';
import { RATE, type Clock, type MixPlan, type SgdState, type Tensor } from './fused';
import { rowOf } from './host-steps';
import { softmax } from './host-steps';
import { gammaSlope, LEAST_SHAPE, logVariate, trigamma } from './gamma';
import {
  DIRICHLET_DRAWS,
  DROPPED,
  LEAST_SHARE,
  type MethodKernels,
  type Noise,
  type Sides,
} from './method';

/**
 * {@link MethodKernels} on backends whose memory the host sees: plain loops, in double precision for
 * alpha's few entries. Math.exp and Math.log may differ between JavaScript engines in the last bit of
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

  logConcentration(alpha: Tensor, kept: Tensor | null): Tensor {
    return this.make(alpha.shape, (into) => {
      const isDropped = this.droppedBy(kept);
      this.k.host(alpha).forEach((value, i) => {
        into[i] = isDropped(i) ? DROPPED : logShape(value);
      });
    });
  }

  dirichlet(alpha: Tensor, draws: Tensor, kept: Tensor | null) {
    const isDropped = this.droppedBy(kept);
    const values = this.k.host(alpha).slice();
    const numbers = this.k.host(draws).slice();
    const logs = values.map((value, i) => {
      const own = numbers.subarray(i * DIRICHLET_DRAWS, (i + 1) * DIRICHLET_DRAWS);
      return logVariate(shapeOf(value), own);
    });
    const p = this.make(alpha.shape, (into) => {
      const own = logs.map((log, i) => (isDropped(i) ? -Infinity : log));
      for (const [start, end] of rowsOf(alpha)) into.set(softmax(own.subarray(start, end)), start);
    });
    const slope = this.make(alpha.shape, (into) =>
      values.forEach((value, i) => {
        // The derivative of elu is exp below 0 and 1 above.
        into[i] = gammaSlope(shapeOf(value), logs[i]!) * Math.exp(Math.min(value, 0));
      }),
    );
    return { p, slope };
  }

  dirichletInput(p: Tensor, slope: Tensor, dp: Tensor): Tensor {
    return this.make(p.shape, (into) => {
      const slopes = this.k.host(slope);
      this.throughSoftmax(p, this.k.host(dp), (d, i) => (into[i] = d * slopes[i]!));
    });
  }

  dirichletPull(alpha: Tensor, gradient: Tensor, clock: Clock): Tensor {
    const l2 = rowOf(clock)[RATE.l2]!;
    return this.make(alpha.shape, (into) => {
      const values = this.k.host(alpha);
      const slopes = this.k.host(gradient);
      for (const [start, end] of rowsOf(alpha)) {
        const shapes = Array.from(values.subarray(start, end), shapeOf);
        const excess = shapes.reduce((sum, shape) => sum + shape - 1, 0);
        const together = excess * trigamma(excess + shapes.length);
        shapes.forEach((shape, n) => {
          const value = values[start + n]!;
          const divergence =
            ((shape - 1) * trigamma(shape) - together) * Math.exp(Math.min(value, 0));
          into[start + n] = slopes[start + n]! + l2 * (divergence - value);
        });
      }
    });
  }

  gumbel(alpha: Tensor, draws: Tensor) {
    const values = this.k.host(alpha).slice();
    const [temperature, ...numbers] = this.k.host(draws);
    const rows = rowsOf(alpha).map(([start, end]) =>
      // A row's logarithm of softmax(alpha) differs from alpha by a number that softmax takes out again.
      softmax(
        values.subarray(start, end).map((value, i) => (value + numbers[start + i]!) / temperature!),
      ),
    );
    const q = this.make(alpha.shape, (into) => into.set(rows.flat()));
    const p = this.make(alpha.shape, (into) =>
      into.set(
        rows.flatMap((row) => row.map((_, i) => Number(i === row.indexOf(Math.max(...row))))),
      ),
    );
    return { p, q };
  }

  gumbelInput(q: Tensor, p: Tensor, dp: Tensor, shifts: Tensor, draws: Tensor): Tensor {
    const columns = p.shape[1]!;
    return this.make(p.shape, (into) => {
      const chosen = this.k.host(p);
      const slopes = this.k.host(dp);
      const others = this.k.host(shifts);
      const [temperature] = this.k.host(draws);
      const dh = slopes.map((slope, i) =>
        chosen[i] === 1 ? slope : others[Math.floor(i / columns)]!,
      );
      this.throughSoftmax(q, dh, (d, i) => (into[i] = d / temperature!));
    });
  }

  addShifts(sums: Tensor, shifts: Tensor, { edges }: MixPlan): void {
    const values = this.k.host(sums);
    const into = this.k.host(shifts);
    const channels = sums.shape[1]! / edges.length;
    edges.forEach((edge, position) => {
      const own = values.subarray(position * channels, (position + 1) * channels);
      into[edge]! += own.reduce((a, b) => a + b, 0);
    });
  }

  lookAhead({ weights, momentum }: SgdState, gradient: Tensor, clock: Clock): Tensor {
    const rates = rowOf(clock);
    const [rate, mu] = [rates[RATE.weights]!, rates[RATE.momentum]!];
    const decay = rates[RATE.decay]!;
    return this.make(weights.shape, (into) => {
      const [w, v, g] = [weights, momentum, gradient].map((tensor) => this.k.host(tensor));
      for (let i = 0; i < into.length; i++) {
        into[i] = w![i]! - rate * (mu * v![i]! + g![i]! + decay * w![i]!);
      }
    });
  }

  length(vector: Tensor): Tensor {
    return this.make([1], (into) => {
      const values = this.k.host(vector);
      let sum = 0;
      for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
      into[0] = Math.sqrt(sum);
    });
  }

  along(weights: Tensor, direction: Tensor, length: Tensor, distance: number): Tensor {
    return this.make(weights.shape, (into) => {
      const [w, d] = [this.k.host(weights), this.k.host(direction)];
      const factor = distance / this.k.host(length)[0]!;
      for (let i = 0; i < into.length; i++) into[i] = w[i]! + factor * d[i]!;
    });
  }

  apart(weights: Tensor, { plus, minus }: Sides, factor: number): Tensor {
    return this.make(weights.shape, (into) => {
      const [w, a, b] = [weights, plus, minus].map((tensor) => this.k.host(tensor));
      for (let i = 0; i < into.length; i++) into[i] = w![i]! + factor * (a![i]! - b![i]!);
    });
  }

  corrected(
    gradient: Tensor,
    sides: Sides,
    length: Tensor,
    distance: number,
    factor: number | 'weight rate',
    clock: Clock,
  ): Tensor {
    const by = factor === 'weight rate' ? rowOf(clock)[RATE.weights]! : factor;
    return this.apart(gradient, sides, (-by * this.k.host(length)[0]!) / (2 * distance));
  }

  /** Whether an entry was dropped. */
  private droppedBy(kept: Tensor | null): (entry: number) => boolean {
    const marks = kept && this.k.host(kept).slice();
    return (entry) => marks?.[entry] === 0;
  }

  /** Calls with the gradient of what p is the softmax of, entry by entry. */
  private throughSoftmax(
    p: Tensor,
    dp: Float32Array,
    give: (gradient: number, entry: number) => void,
  ): void {
    const shares = this.k.host(p);
    for (const [start, end] of rowsOf(p)) {
      let mean = 0;
      for (let i = start; i < end; i++) mean += shares[i]! * dp[i]!;
      for (let i = start; i < end; i++) give(shares[i]! * (dp[i]! - mean), i);
    }
  }

  /** A new tensor, filled once it lies where it stays: making one can move the others on wasm. */
  private make(shape: readonly number[], fill: (into: Float32Array) => void): Tensor {
    const tensor = this.k.upload(new Float32Array(sizeOf(shape)), shape);
    fill(this.k.host(tensor));
    return tensor;
  }
}

/** elu(alpha) + 1, kept above 0. */
function shapeOf(alpha: number): number {
  return Math.max(Math.exp(logShape(alpha)), LEAST_SHAPE);
}

function logShape(alpha: number): number {
  return alpha > 0 ? Math.log1p(alpha) : alpha;
}

/** Where each row of a table begins and ends. */
function rowsOf({ shape }: Tensor): [number, number][] {
  const [rows, columns] = shape as [number, number];
  return Array.from({ length: rows }, (_, row) => [row * columns, (row + 1) * columns]);
}
