import type { MethodFacts } from './method';

export const pcDarts: MethodFacts = {
  name: 'pc-darts',
  title: 'PC-DARTS',
  epochs: 50,
  partial: 4,
  // 15 of 50 epochs.
  frozen: 0.3,
  recipe: { batch: 256, first: 'alpha', nesterov: false, decay: 3e-4 },
  weights: { rate: 0.1, rateMin: 0 },
  alpha: { rate: 6e-4 },
  l2: true,
  trainsAlpha: true,
  clipsAlpha: false,
  candidates: 0,
  evaluates: 'mixture',
  data: 'halves',
  deviations: [
    {
      key: 'pc-space',
      paper:
        'searched in the space of DARTS: two edges enter a node of the cell, chosen by α and β',
      here: 'in NAS-Bench-201, whose cells keep all edges: β trains along and chooses nothing',
      why: 'One space makes the methods comparable.',
    },
    {
      key: 'pc-none',
      paper: 'none is left out when the cell is derived',
      here: 'none can be derived like any other operation',
      why: 'It is an operation of NAS-Bench-201.',
    },
  ],
};
