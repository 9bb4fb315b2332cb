import { USUAL_ETA } from '../../paper/method/amended-darts';
import { alternating, type Rules } from './alternating';
import type { SearchMethod } from './method';
import { DISTANCE, Gradients } from './second-order';
import { adamUpdate, softmaxMixture } from './softmax';

/**
 * Alpha's gradient at the present weights, minus eta times the mixed second derivative of the training
 * loss times its Hessian times the gradient of the weights (Eq. 5 and A.4 of its paper). With an eta of 0
 * that is the first-order gradient, and nothing else is computed.
 *
 * The second difference is taken at half the first one to both sides of the weights, as A.4 has it; with
 * `rescaled` along it at the distance of the first, as the public port does. Both agree to
 * second order where the loss is smooth.
 */
export const amendedGradient: NonNullable<Rules['alphaGradient']> = (
  k,
  network,
  { sgd, adam },
  { train, clock, options = [], eta = USUAL_ETA },
  valid,
) => {
  const { methods } = k.fused;
  const { weights } = sgd;
  const gradients = new Gradients(k, network, adam.alpha);
  if (eta === 0) return gradients.first(weights, valid);
  const { scores, weights: v, alpha } = gradients.both(weights, valid);
  const length = methods.length(v);
  const slope = (distance: number) =>
    gradients.weights(methods.along(weights, v, length, distance), train);
  // Their difference is the Hessian times v, times twice the distance over the length.
  const slopes = { plus: slope(DISTANCE), minus: slope(-DISTANCE) };
  if (options.includes('rescaled')) {
    const still = k.fused.zeros(weights.shape);
    const along = methods.corrected(still, slopes, length, DISTANCE, -1, clock);
    const reach = methods.length(along);
    const side = (distance: number) =>
      gradients.alpha(methods.along(weights, along, reach, distance), train);
    const sides = { plus: side(DISTANCE), minus: side(-DISTANCE) };
    return { gradient: methods.corrected(alpha, sides, reach, DISTANCE, eta, clock), scores };
  }
  const side = (factor: number) => gradients.alpha(methods.apart(weights, slopes, factor), train);
  const sides = { plus: side(0.5), minus: side(-0.5) };
  const gradient = methods.corrected(alpha, sides, length, DISTANCE, eta, clock);
  return { gradient, scores };
};

/** Amended-DARTS (methods, section 16). */
export const amendedDarts: SearchMethod = {
  mixture: (_k, network, alpha) => network.mixture(alpha),
  step: alternating('amended-darts', {
    mixture: softmaxMixture,
    alphaGradient: amendedGradient,
    update: adamUpdate,
  }),
};
