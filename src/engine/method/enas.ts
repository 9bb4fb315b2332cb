import { alternating } from './alternating';
import { ENAS_POLICY } from './enas/policy';
import type { SearchMethod } from './method';
import { CELL_NOISE, cellMixture } from './rsps';
import { adamUpdate } from './softmax';

/** ENAS (methods, section 14): the weights train cells that a controller samples, which learns between epochs. */
export const enas: SearchMethod = {
  noise: CELL_NOISE,
  policy: ENAS_POLICY,
  mixture: (_k, network, alpha) => network.mixture(alpha),
  candidates: (_alpha, _ops, count, stream, policy) =>
    Array.from({ length: count }, () => policy!.sample(stream)),
  step: alternating('enas', { mixture: cellMixture, update: adamUpdate }),
};
