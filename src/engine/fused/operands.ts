import type { TensorInfo } from '@tensorflow/tfjs-core';

/**
 * A tensor that may be a stretch of another one's memory: `offset` elements from its start on.
 * Parameters, `into` and images may be; the small tables in between are whole. The layout of a
 * supernet puts every segment at a multiple of 64 elements, which is what WebGPU asks of a buffer
 * binding.
 */
export interface Tensor extends TensorInfo {
  readonly offset?: number;
}

/** A convolution's output with its batch statistics. */
export interface Normalised {
  /** `[batch, height, width, channels]` */
  readonly z: Tensor;
  /** `[2, channels]`: mean and 1 / sqrt(variance + epsilon). */
  readonly moments: Tensor;
}

/** Which entries of p `[rows, columns]` the edges that leave one source node use. */
export interface MixPlan {
  /** Row of p for each edge, in the order of the edges' targets. */
  readonly edges: readonly number[];
  readonly columns: number;
  /** Column of p of each operation; -1 when the space lacks it. */
  readonly skip: number;
  readonly pool: number;
  /** Columns of the convolutions, in the order in which they are handed over. */
  readonly convs: readonly number[];
  /**
   * p, where an operation whose weight in it is exactly 0 may be left out: what it would give need not be
   * computed, and nobody asks for the gradient of its weight. Absent: whatever its weight, nothing is left
   * out.
   */
  readonly drawn?: Tensor | null;
}

/** What the weights' optimiser carries; both `[size]`, changed in place. */
export interface SgdState {
  readonly weights: Tensor;
  readonly momentum: Tensor;
}

/**
 * What differs between the steps of an epoch. A backend that replays captured steps reads the row of
 * `table` that `counter` names, since numbers handed over by value would be frozen in the capture;
 * the others read `rows`.
 */
export interface Clock {
  /** Steps taken in this epoch. */
  step: number;
  /** `[steps, RATES]` */
  readonly rows: Float32Array;
  /** The same on the device, and the step as an int32 `[1]`; null where steps are not captured. */
  readonly table: Tensor | null;
  readonly counter: Tensor | null;
}
