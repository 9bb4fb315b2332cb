import { adamStep, sgdStep } from '../optimiser';
import type { SearchMethod } from './method';

/**
 * First-order DARTS in NAS-Bench-201's flavour (methods, section 1): a weights step on the train
 * batch, clipped, then an alpha step with the gradient of the alpha batch's loss at the new weights.
 * Both in training mode.
 */
export const dartsV1: SearchMethod = {
  mixture: (supernet, alpha) => supernet.softmax(alpha),

  step(k, supernet, { sgd, adam }, { train, valid, weightRate, weights, alpha }) {
    const { next, loss, correct } = k.scope(() => {
      const p = supernet.softmax(adam.alpha);
      const pass = supernet.forward(sgd.weights, p, train);
      const updated = sgdStep(k, sgd, pass.weightGradient(), weightRate, weights);
      return {
        keep: [updated.weights, updated.momentum, updated.norm, pass.loss, pass.correct],
        value: { next: updated, loss: pass.loss, correct: pass.correct },
      };
    });
    const scalars = { loss, correct, norm: next.norm };
    if (!valid) {
      return {
        state: { sgd: next, adam },
        scalars: { ...scalars, alphaLoss: null, alphaCorrect: null },
      };
    }
    return k.scope(() => {
      const p = supernet.softmax(adam.alpha);
      const pass = supernet.forward(next.weights, p, valid);
      const gradient = supernet.throughSoftmax(p, pass.mixtureGradient());
      const moved = adamStep(k, adam, gradient, alpha);
      return {
        keep: [moved.alpha, moved.first, moved.second, pass.loss, pass.correct],
        value: {
          state: { sgd: next, adam: moved },
          scalars: { ...scalars, alphaLoss: pass.loss, alphaCorrect: pass.correct },
        },
      };
    });
  },
};
