import { SELECTION } from './selection';
import type { MethodFacts } from './method';

export const enas: MethodFacts = {
  name: 'enas',
  title: 'ENAS',
  epochs: 250,
  recipe: { batch: 128 },
  weights: {},
  // The controller's Adam.
  alpha: { rate: 1e-3, beta1: 0, epsilon: 1e-3, init: 0 },
  l2: false,
  trainsAlpha: false,
  clipsAlpha: false,
  candidates: 100,
  evaluates: 'cell',
  data: 'halves',
  deviations: [
    SELECTION,
    {
      key: 'enas-alpha',
      paper: 'a controller, no alpha',
      here: 'recorded is the logarithm of how often it chooses an operation on an edge, over all cells',
      why: 'So that magnitudes and pictures show how its choice goes.',
    },
    {
      key: 'enas-updates',
      paper: '50 updates of the controller after an epoch',
      here: '50 divided by k_a, at least one, at a rate times k_a',
      why: 'As for every alpha: rate times steps is what it is at full scale.',
    },
  ],
};
