import type { SearchMethod } from './method';

/**
 * First-order DARTS in NAS-Bench-201's flavour (methods, section 1): a weights step on the train
 * batch, clipped, then an alpha step with the gradient of the alpha batch's loss at the new weights.
 * Both in training mode.
 */
export const dartsV1: SearchMethod = {
  mixture: (k, alpha) => k.fused.softmax(alpha),

  step(k, supernet, { sgd, adam }, { train, valid, clock }) {
    const { fused } = k;
    const p = fused.softmax(adam.alpha);
    const weightsStep = k.scope(() => {
      const pass = supernet.forward(sgd.weights, p, train);
      const norm = fused.sgd(sgd, pass.weightGradient(), clock);
      return { keep: [pass.scores, norm], value: { train: pass.scores, norm } };
    });
    if (!valid) return { ...weightsStep, valid: null };
    const scores = k.scope(() => {
      const pass = supernet.forward(sgd.weights, p, valid);
      fused.adam(adam, fused.softmaxInput(p, pass.mixtureGradient()), clock);
      return { keep: [pass.scores], value: pass.scores };
    });
    return { ...weightsStep, valid: scores };
  },
};
