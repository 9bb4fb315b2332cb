import { alternating } from './alternating';
import type { SearchMethod } from './method';
import { adamUpdate, softmaxMixture } from './softmax';

/**
 * PC-DARTS (methods, section 9): DARTS in a supernet whose operations see a part of the channels and
 * whose edges have weights of their own, which alpha holds as well.
 */
export const pcDarts: SearchMethod = {
  mixture: (_k, network, alpha) => network.mixture(alpha),
  step: alternating('pc-darts', { mixture: softmaxMixture, update: adamUpdate }),
};
