import type { Kernels } from '../kernels';
import { RATES, type Clock, type Journal, type Tensor } from './fused';
import { EPSILON, TRACKING } from './norm-constants';

/* Small operations on numbers, for backends whose memory the host sees. */

/** `track` for backends whose memory the host sees. */
export function trackOnHost(k: Kernels, moments: Tensor, running: Tensor, rows: number): void {
  const batch = k.host(moments);
  const kept = k.host(running);
  const channels = kept.length / 2;
  for (let c = 0; c < channels; c++) {
    // Rounding may leave a channel without deviation a variance just below zero.
    const variance = Math.max(0, 1 / batch[channels + c]! ** 2 - EPSILON);
    const unbiased = (variance * rows) / (rows - 1);
    kept[c] = (1 - TRACKING) * kept[c]! + TRACKING * batch[c]!;
    kept[channels + c] = (1 - TRACKING) * kept[channels + c]! + TRACKING * unbiased;
  }
}

/** `tally` for backends whose memory the host sees. */
export function tallyOnHost(
  k: Kernels,
  { totals, trail }: Journal,
  clock: Clock,
  step: { train: Tensor; norm: Tensor | null; valid: Tensor | null; alpha: Tensor | null },
): void {
  const [loss, correct] = k.host(step.train);
  const norm = step.norm ? k.host(step.norm)[0] : 0;
  const [alphaLoss, alphaCorrect] = step.valid ? k.host(step.valid) : [0, 0];
  const sums = k.host(totals);
  [loss, correct, norm, alphaLoss, alphaCorrect].forEach((value, i) => (sums[i]! += value!));
  if (step.alpha) {
    const alpha = k.host(step.alpha);
    k.host(trail).set(alpha, clock.step * alpha.length);
  }
}

/** This step's rates. */
export function rowOf({ rows, step }: Clock): Float32Array {
  return rows.subarray(step * RATES, (step + 1) * RATES);
}

/** Of one row. */
export function softmax(values: ArrayLike<number>): number[] {
  const row = Array.from(values);
  const most = Math.max(...row);
  const exponentials = row.map((value) => Math.exp(value - most));
  const sum = exponentials.reduce((a, b) => a + b);
  return exponentials.map((value) => value / sum);
}
