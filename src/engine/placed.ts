import { EDGES } from '../paper/cell';
import type { EffectiveConfig } from '../paper/config';
import { sizeOf, type Kernels, type Tensor } from './kernels';
import type { SearchState } from './method/method';
import type { PolicyState } from './method/policy';
import { METHODS } from './method/registry';
import type { Network } from './network';
import type { SearchSnapshot } from './snapshot';

/**
 * A snapshot's tensors on the device. Of a policy's state only the rows of alpha go there.
 *
 * @throws Error when the snapshot is that of another supernet
 */
export function placed(k: Kernels, network: Network, snapshot: SearchSnapshot): SearchState {
  const { alphaShape, layout } = network;
  const alphas = sizeOf(alphaShape);
  if (snapshot.weights.length !== layout.size || snapshot.alpha.length < alphas) {
    throw new Error(
      `A checkpoint of ${snapshot.weights.length} weights and ${snapshot.alpha.length} alphas ` +
        `does not fit a supernet of ${layout.size} and ${alphas}.`,
    );
  }
  const put = (values: Float32Array, shape: readonly number[]) => k.keep(k.upload(values, shape));
  const putAlpha = (values: Float32Array) => put(values.slice(0, alphas), alphaShape);
  return {
    sgd: {
      weights: put(snapshot.weights, [layout.size]),
      momentum: put(snapshot.momentum, [layout.size]),
    },
    adam: {
      alpha: putAlpha(snapshot.alpha),
      first: putAlpha(snapshot.first),
      second: putAlpha(snapshot.second),
    },
  };
}

/** What a snapshot says that the edges still have of their operations; null where it is all. */
export function keptOnDevice(k: Kernels, { kept, alpha }: SearchSnapshot): Tensor | null {
  if (!kept) return null;
  if (kept.length !== alpha.length) {
    throw new Error(`A checkpoint of ${alpha.length} alphas does not fit marks of ${kept.length}.`);
  }
  return k.keep(k.upload(kept, [EDGES.length, kept.length / EDGES.length]));
}

/**
 * What a method's policy carries; null for a method without one.
 *
 * @throws Error when the snapshot is that of another method
 */
export function policyOf(
  { method, ops }: EffectiveConfig,
  { alpha, first, second, alphaSteps }: SearchSnapshot,
): PolicyState | null {
  const { policy } = METHODS[method];
  if (!policy) return null;
  const size = policy.size(ops.length);
  if (alpha.length !== size) {
    throw new Error(`A checkpoint of ${alpha.length} numbers does not fit a policy of ${size}.`);
  }
  return { alpha, first, second, steps: alphaSteps };
}
