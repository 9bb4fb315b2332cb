import type { Clock, Tensor } from './fused';

/** Numbers that the host draws for each step of an epoch. */
export interface Noise {
  readonly width: number;
  /** `[steps, width]` */
  readonly rows: Float32Array;
  /** The same on the device; null where steps are not captured. */
  readonly table: Tensor | null;
}

/**
 * What only some search methods need: how alpha becomes mixture weights and how it moves. Tables are
 * `[edges, columns]`, a row for each edge. The conventions are those of `FusedKernels`.
 */
export interface MethodKernels {
  /** The numbers of the clock's step, `[width]`. */
  noise(noise: Noise, clock: Clock): Tensor;

  /**
   * Exponentiated gradient on the simplex, *in place*. With theta = softmax(alpha) and the clock's
   * alpha rate: theta <- theta exp(-rate g), then max(theta, 1e-5), then divided by the row's sum;
   * alpha becomes log theta.
   *
   * @param gradient with respect to theta
   */
  exponentiate(alpha: Tensor, gradient: Tensor, clock: Clock): void;
}

/** The least that an entry of theta may be before a row is divided by its sum. */
export const LEAST_SHARE = 1e-5;
