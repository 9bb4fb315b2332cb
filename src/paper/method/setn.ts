import { SELECTION } from './selection';
import type { MethodFacts } from './method';

export const setn: MethodFacts = {
  name: 'setn',
  title: 'SETN',
  epochs: 250,
  recipe: {},
  // Far above any norm of a gradient: its code does not clip.
  weights: { clip: 1e9 },
  alpha: {},
  l2: true,
  trainsAlpha: true,
  clipsAlpha: false,
  candidates: 100,
  evaluates: 'cell',
  data: 'halves',
  deviations: [SELECTION],
};
