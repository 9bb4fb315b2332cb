import type { MethodFacts } from './method';

/** Weight of the second-order term that its paper settles on. */
export const USUAL_ETA = 0.1;

export const amendedDarts: MethodFacts = {
  name: 'amended-darts',
  title: 'Amended-DARTS',
  epochs: 100,
  eta: USUAL_ETA,
  options: {
    rescaled: {
      label: 'Second difference rescaled',
      note: 'at 0.01 to both sides, not at half the first difference',
    },
  },
  recipe: { batch: 96, first: 'alpha', nesterov: false, decay: 3e-4 },
  weights: {},
  alpha: { init: 0 },
  l2: true,
  trainsAlpha: true,
  clipsAlpha: false,
  candidates: 0,
  evaluates: 'mixture',
  data: 'halves',
  deviations: [
    {
      key: 'amended-space',
      paper: 'searched in the space of DARTS, with cutout, dropout and auxiliary loss',
      here: 'in NAS-Bench-201, by the recipe of the other methods',
      why: 'One space and one recipe make the methods comparable.',
    },
  ],
};
