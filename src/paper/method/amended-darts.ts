import type { MethodFacts } from './method';

/** Weight of the second-order term that its paper settles on. */
export const USUAL_ETA = 0.1;

export const amendedDarts: MethodFacts = {
  name: 'amended-darts',
  title: 'Amended-DARTS',
  summary:
    'DARTS with another second-order correction. The weights count as the best for their alpha, and how ' +
    'the best weights move with alpha would need the inverse of the Hessian; it is replaced by the Hessian ' +
    'itself times η, which keeps the sign of the correction. Two differences of gradients compute it.',
  equations: [
    'g = ∇α L_val(w, α) − η ∂²L_train/∂α∂w · H · ∇w L_val(w, α)',
    'u = ∇w L_train(w + ε v, α) − ∇w L_train(w − ε v, α), v = ∇w L_val(w, α)',
    'g ≈ ∇α L_val − η [∇α L_train(w + u/2, α) − ∇α L_train(w − u/2, α)] / 2ε',
  ],
  source:
    'Bi, Hu, Xie, Chen, Wei, Tian: Stabilizing DARTS with Amended Gradient Estimation on Architectural Parameters. 2019',
  epochs: 100,
  eta: USUAL_ETA,
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
