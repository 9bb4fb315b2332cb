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
}
