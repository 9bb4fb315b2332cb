import type { Kernels } from '../kernels';
import { RATE, type AdamState, type SgdState, type Tensor } from './fused';

/**
 * SGD with PyTorch's momentum, Nesterov's or plain, after `clip_grad_norm_`.
 *
 * @param row this step's rates
 * @returns `[1]`: the gradient's L2 norm before the clip
 */
export function stockSgd(k: Kernels, state: SgdState, gradient: Tensor, row: Float32Array): Tensor {
  const norm = k.sqrt(k.sumAll(k.square(gradient)));
  const limit = k.div(number(k, row[RATE.clip]!), k.add(norm, k.scalar(1e-6)));
  const clipped = k.mul(gradient, k.minimum(limit, k.scalar(1)));
  const decayed = addScaled(k, clipped, state.weights, row[RATE.decay]!);
  const momentum = row[RATE.momentum]!;
  const velocity = addScaled(k, decayed, state.momentum, momentum);
  const plain = row[RATE.plainMomentum] === 1;
  const direction = plain ? velocity : addScaled(k, decayed, velocity, momentum);
  k.assign(state.weights, addScaled(k, state.weights, direction, -row[RATE.weights]!));
  k.assign(state.momentum, velocity);
  return norm;
}

/** PyTorch's Adam with its L2. @param row this step's rates */
export function stockAdam(k: Kernels, state: AdamState, gradient: Tensor, row: Float32Array): void {
  const g = addScaled(k, gradient, state.alpha, row[RATE.l2]!);
  const first = k.add(
    scaled(k, state.first, row[RATE.beta1]!),
    scaled(k, g, row[RATE.oneMinusBeta1]!),
  );
  const second = k.add(
    scaled(k, state.second, row[RATE.beta2]!),
    scaled(k, k.square(g), row[RATE.oneMinusBeta2]!),
  );
  const root = k.sqrt(scaled(k, second, row[RATE.correction2]!));
  const move = k.div(first, k.add(root, number(k, row[RATE.epsilon]!)));
  k.assign(state.alpha, addScaled(k, state.alpha, move, -row[RATE.alpha]!));
  k.assign(state.first, first);
  k.assign(state.second, second);
}

/** a + factor * b */
function addScaled(k: Kernels, a: Tensor, b: Tensor, factor: number): Tensor {
  return k.add(a, scaled(k, b, factor));
}

function scaled(k: Kernels, x: Tensor, factor: number): Tensor {
  return k.mul(x, number(k, factor));
}

/** A number that changes from step to step, and so is no constant. */
function number(k: Kernels, value: number): Tensor {
  return k.upload(Float32Array.of(value), [1]);
}
