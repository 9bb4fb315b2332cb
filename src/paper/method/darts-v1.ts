import type { MethodFacts } from './method';

export const dartsV1: MethodFacts = {
  name: 'darts-v1',
  title: 'DARTS-V1',
  summary:
    'Every edge computes all operations and adds them up, weighted by a softmax of alpha. In turns the ' +
    'weights take a step on one half of the images, as if alpha were fixed, and alpha takes a step on ' +
    'the other half, as if the weights were at their best.',
  equations: ['p = softmax(α)', 'w ← w − ξ ∇w L_train(w, p)', 'α ← Adam(α, ∇α L_val(w, p))'],
  source: 'Liu, Simonyan, Yang: DARTS: Differentiable Architecture Search. ICLR 2019',
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
