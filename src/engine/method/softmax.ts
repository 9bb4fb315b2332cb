import type { Rules } from './alternating';

/** DARTS's mixture: p = softmax(alpha), differentiated through. */
export const softmaxMixture: Rules['mixture'] = (_k, network, alpha) => {
  const p = network.mixture(alpha);
  return { p, gradient: (pass) => network.mixtureInput(p, pass.mixtureGradient()) };
};

/** Adam on alpha. */
export const adamUpdate: Rules['update'] = (k, adam, gradient, { clock }) =>
  k.fused.adam(adam, gradient, clock);
