import type { MethodFacts } from './method';

export const gdas: MethodFacts = {
  name: 'gdas',
  title: 'GDAS',
  epochs: 250,
  recipe: {},
  weights: {},
  alpha: {},
  l2: true,
  trainsAlpha: true,
  clipsAlpha: true,
  candidates: 0,
  evaluates: 'cell',
  data: 'halves',
  deviations: [
    {
      key: 'gdas-evaluation',
      paper: 'supernet evaluated with samples',
      here: 'with the derived cell',
      why: 'One number for each epoch, without a sample’s chance.',
    },
    {
      key: 'gdas-cost',
      paper: 'only the chosen operations are computed',
      here: 'all are, and those not chosen have a weight of 0',
      why: 'One network serves all methods. The numbers are the same.',
    },
  ],
};
