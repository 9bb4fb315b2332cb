import type { MethodFacts } from './method';

export const dartsV1: MethodFacts = {
  name: 'darts-v1',
  title: 'DARTS-V1',
  epochs: 50,
  recipe: {},
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
