import type { MethodFacts } from './method';

export const dartsV2: MethodFacts = {
  name: 'darts-v2',
  title: 'DARTS-V2',
  epochs: 50,
  recipe: { first: 'alpha' },
  weights: {},
  alpha: {},
  l2: true,
  trainsAlpha: true,
  clipsAlpha: true,
  candidates: 0,
  evaluates: 'mixture',
  data: 'halves',
  deviations: [],
};
