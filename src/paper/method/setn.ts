import { SELECTION } from './selection';
import type { MethodFacts } from './method';

export const setn: MethodFacts = {
  name: 'setn',
  title: 'SETN',
  summary:
    'The weights train one cell at a time, drawn uniformly from all, so that every operation learns alike. ' +
    'Alpha trains on the softmax mixture as in DARTS, but only proposes: the 100 cells of the largest ' +
    'probability are tried with the shared weights, and the best on a batch each is derived.',
  equations: [
    'w ← w − ξ ∇w L_train(w, c), c uniform over all cells',
    'α ← Adam(α, ∇α L_val(w, softmax(α)))',
    'cell = the most accurate of the 100 with the largest Σ log softmax(α)',
  ],
  source:
    'Dong, Yang: One-Shot Neural Architecture Search via Self-Evaluated Template Network. ICCV 2019',
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
