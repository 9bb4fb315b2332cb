import { alternating } from './alternating';
import type { SearchMethod } from './method';
import { adamUpdate, softmaxMixture } from './softmax';

/** First-order DARTS (methods, section 1). */
export const dartsV1: SearchMethod = {
  mixture: (_k, network, alpha) => network.mixture(alpha),
  step: alternating('darts-v1', { mixture: softmaxMixture, update: adamUpdate }),
};
