import type { MethodFacts } from './method';
import { SELECTION } from './selection';

export const rsps: MethodFacts = {
  name: 'rsps',
  title: 'RSPS',
  epochs: 250,
  recipe: {},
  weights: {},
  alpha: { rate: 0, beta1: 0, beta2: 0, epsilon: 0, init: 0 },
  // There is no rate of alpha to exchange.
  swapped: { weights: 3e-4, alpha: 0 },
  l2: false,
  trainsAlpha: false,
  clipsAlpha: false,
  candidates: 100,
  evaluates: 'cell',
  data: 'halves',
  deviations: [SELECTION],
};
