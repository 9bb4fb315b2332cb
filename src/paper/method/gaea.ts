import type { MethodFacts } from './method';

/** What both forms of GAEA share. */
export const GAEA = {
  epochs: 50,
  recipe: { batch: 160, channels: 24, first: 'alpha', nesterov: false, decay: 3e-4 },
  weights: {},
  // The rate is that of the exponentiated gradient; θ starts at exactly 1 / number of operations.
  alpha: { rate: 0.1, beta1: 0, beta2: 0, epsilon: 0, init: 0 },
  swapped: { weights: 3e-4, alpha: 0.025 },
  l2: false,
  trainsAlpha: true,
  clipsAlpha: false,
  candidates: 0,
  evaluates: 'mixture',
  deviations: [
    {
      key: 'gaea-swap',
      paper: 'rates of EX-GAEA not given',
      here: 'if swapped: weights 0.0003, θ 0.025',
      why: 'The rates of EX-DARTS.',
    },
  ],
} as const satisfies Partial<MethodFacts>;
