import { alternating, type Rules } from './alternating';
import type { SearchMethod } from './method';
import { DISTANCE, Gradients } from './second-order';
import { adamUpdate, softmaxMixture } from './softmax';

/**
 * Alpha's gradient at the weights after a virtual step, minus the rate of that step times a mixed second
 * derivative, a difference of gradients around the present weights.
 */
export const unrolledGradient: NonNullable<Rules['alphaGradient']> = (
  k,
  network,
  { sgd, adam },
  { train, clock },
  valid,
) => {
  const { methods } = k.fused;
  const { weights } = sgd;
  const gradients = new Gradients(k, network, adam.alpha);
  const ahead = methods.lookAhead(sgd, gradients.weights(weights, train), clock);
  const { scores, weights: v, alpha } = gradients.both(ahead, valid);
  const length = methods.length(v);
  const side = (distance: number) =>
    gradients.alpha(methods.along(weights, v, length, distance), train);
  const sides = { plus: side(DISTANCE), minus: side(-DISTANCE) };
  const gradient = methods.corrected(alpha, sides, length, DISTANCE, 'weight rate', clock);
  return { gradient, scores };
};

/** DARTS-V2 (methods, section 2). */
export const dartsV2: SearchMethod = {
  mixture: (_k, network, alpha) => network.mixture(alpha),
  step: alternating('darts-v2', {
    mixture: softmaxMixture,
    alphaGradient: unrolledGradient,
    update: adamUpdate,
  }),
};
