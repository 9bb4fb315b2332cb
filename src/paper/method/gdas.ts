import type { MethodFacts } from './method';

export const gdas: MethodFacts = {
  name: 'gdas',
  title: 'GDAS',
  summary:
    'Every forward pass runs one operation on each edge: Gumbel noise is added to the logarithm of ' +
    'softmax(alpha), and the largest entry wins. Backward, the choice counts as the softmax of the noisy ' +
    'entries, whose temperature falls from 10 to 0.1 in the course of the search.',
  equations: [
    'q = softmax((log softmax(α) + G) / τ), G ~ Gumbel(0, 1)',
    'h = onehot(argmax q) + q − stop(q)',
    'τ = 10 − 9.9 e / (E − 1)',
  ],
  source: 'Dong, Yang: Searching for a Robust Neural Architecture in Four GPU Hours. CVPR 2019',
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
