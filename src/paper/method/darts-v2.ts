import type { MethodFacts } from './method';

export const dartsV2: MethodFacts = {
  name: 'darts-v2',
  title: 'DARTS-V2',
  summary:
    'DARTS with a second-order correction: alpha’s gradient is taken at the weights after a virtual step, ' +
    'w′, and follows how that step depends on alpha. The product of second derivatives is a difference of ' +
    'two gradients at weights a little to both sides. Alpha moves first, then the weights.',
  equations: [
    'w′ = w − ξ (μ v + ∇w L_train(w, α) + λ w)',
    '∇α L_val(w′, α) − ξ [∇α L_train(w⁺, α) − ∇α L_train(w⁻, α)] / 2ε',
    'w± = w ± ε ∇w′ L_val(w′, α), ε = 0.01 / ‖∇w′ L_val(w′, α)‖',
  ],
  source: 'Liu, Simonyan, Yang: DARTS: Differentiable Architecture Search. ICLR 2019',
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
