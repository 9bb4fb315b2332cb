import type { Kernels, Tensor } from '../kernels';
import type { Network } from '../network';
import type { SearchMethod, SearchState, StepInput } from './method';

/**
 * First-order DARTS (methods, section 1): a weights step on the train batch, clipped, and an alpha
 * step with the gradient of the alpha batch's loss. Whichever comes second in the search space's own
 * code sees what the first has changed. Both in training mode.
 */
export const dartsV1: SearchMethod = {
  mixture: (network, alpha) => network.mixture(alpha),

  step(k, network, state, input) {
    const { alpha } = state.adam;
    const { valid } = input;
    if (valid && network.recipe.first === 'alpha') {
      const scores = alphaStep(k, network, state, network.mixture(alpha), valid, input);
      return { ...weightsStep(k, network, state, network.mixture(alpha), input), valid: scores };
    }
    const p = network.mixture(alpha);
    const step = weightsStep(k, network, state, p, input);
    return { ...step, valid: valid && alphaStep(k, network, state, p, valid, input) };
  },
};

function weightsStep(
  k: Kernels,
  network: Network,
  { sgd }: SearchState,
  p: Tensor,
  { train, clock }: StepInput,
): { readonly train: Tensor; readonly norm: Tensor } {
  return k.scope(() => {
    const pass = network.forward(sgd.weights, p, train);
    const norm = k.fused.sgd(sgd, pass.weightGradient(), clock);
    return { keep: [pass.scores, norm], value: { train: pass.scores, norm } };
  });
}

/** @returns the alpha batch's scores before the update */
function alphaStep(
  k: Kernels,
  network: Network,
  { sgd, adam }: SearchState,
  p: Tensor,
  valid: NonNullable<StepInput['valid']>,
  { clock }: StepInput,
): Tensor {
  return k.scope(() => {
    const pass = network.forward(sgd.weights, p, valid);
    k.fused.adam(adam, network.mixtureInput(p, pass.mixtureGradient()), clock);
    return { keep: [pass.scores], value: pass.scores };
  });
}
