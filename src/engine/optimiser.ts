import type { AlphaOptimiser, WeightOptimiser } from '../paper/config';
import type { Kernels, TensorInfo } from './kernels';

export interface SgdState {
  /** Flat parameters and momentum buffer, `[size]` each. */
  readonly weights: TensorInfo;
  readonly momentum: TensorInfo;
}

/**
 * SGD with Nesterov momentum as PyTorch does it: clip by the total norm first, then coupled decay,
 * `v <- mu v + g`, `w <- w - lr (g + mu v)`. The first step's v is g because the buffer starts at 0.
 *
 * @param gradient `[size]`
 * @param rate learning rate of this epoch
 * @returns the new state and the gradient's L2 norm before the clip, `[1]`
 */
export function sgdStep(
  k: Kernels,
  state: SgdState,
  gradient: TensorInfo,
  rate: number,
  { momentum, decay, clip }: WeightOptimiser,
): SgdState & { readonly norm: TensorInfo } {
  const squares = k.square(gradient);
  const norm = k.sqrt(k.sumAll(squares));
  k.free(squares);
  const limit = k.div(k.scalar(clip), k.add(norm, k.scalar(1e-6)));
  const clipped = k.mul(gradient, k.minimum(limit, k.scalar(1)));
  const decayed = addScaled(k, clipped, state.weights, decay);
  const velocity = addScaled(k, decayed, state.momentum, momentum);
  const direction = addScaled(k, decayed, velocity, momentum);
  const weights = addScaled(k, state.weights, direction, -rate);
  k.free(clipped, decayed, direction);
  return { weights, momentum: velocity, norm };
}

export interface AdamState {
  /** `[6, ops]` each. */
  readonly alpha: TensorInfo;
  readonly first: TensorInfo;
  readonly second: TensorInfo;
  /** Steps taken; only they correct the bias, so epochs of frozen alpha do not count. */
  readonly step: number;
}

/** Adam with L2 coupled into the gradient, as PyTorch's `weight_decay` (methods, section 0). */
export function adamStep(
  k: Kernels,
  state: AdamState,
  gradient: TensorInfo,
  { rate, beta1, beta2, epsilon, l2 }: AlphaOptimiser,
): AdamState {
  const step = state.step + 1;
  const g = addScaled(k, gradient, state.alpha, l2);
  const first = k.add(scaled(k, state.first, beta1), scaled(k, g, 1 - beta1));
  const second = k.add(scaled(k, state.second, beta2), scaled(k, k.square(g), 1 - beta2));
  const root = k.sqrt(scaled(k, second, 1 / (1 - beta2 ** step)));
  const move = k.div(first, k.add(root, k.scalar(epsilon)));
  const alpha = addScaled(k, state.alpha, move, -rate / (1 - beta1 ** step));
  return { alpha, first, second, step };
}

/** a + factor * b */
function addScaled(k: Kernels, a: TensorInfo, b: TensorInfo, factor: number): TensorInfo {
  const product = scaled(k, b, factor);
  const sum = k.add(a, product);
  k.free(product);
  return sum;
}

/** Factors change with rate and step, so they are uploaded and not kept as constants. */
function scaled(k: Kernels, x: TensorInfo, factor: number): TensorInfo {
  const scalar = k.upload(Float32Array.of(factor), [1]);
  const product = k.mul(x, scalar);
  k.free(scalar);
  return product;
}
