import type { MethodFacts } from './method';
import { SELECTION } from './selection';

export const rsps: MethodFacts = {
  name: 'rsps',
  title: 'RSPS',
  summary:
    'Random search with shared weights. The weights train one cell at a time, drawn uniformly from all; ' +
    'there is no alpha. Then 100 random cells are tried with the shared weights, and the best on a batch ' +
    'each is derived.',
  equations: [
    'w ← w − ξ ∇w L_train(w, c), c uniform over all cells',
    'cell = the most accurate of 100 random ones',
  ],
  source:
    'Li, Talwalkar: Random Search and Reproducibility for Neural Architecture Search. UAI 2019',
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
