import type { MethodName } from '../../paper/config';
import { METHOD_FACTS } from '../../paper/method/registry';
import type { AdamState } from '../fused/fused';
import type { Kernels, Tensor } from '../kernels';
import type { Batch, Network, Pass } from '../network';
import type { SearchMethod, SearchState, StepInput } from './method';

/** Whose step a pass is for. */
export type Level = 'weights' | 'alpha';

/** The mixture weights of one forward pass. */
export interface Mixture {
  readonly p: Tensor;
  /** True: the gradient of alpha needs that of p only where p is not 0; see `PassOptions`. */
  readonly sparse?: boolean;
  /** Gradient of alpha, by the backward pass. */
  readonly gradient: (pass: Pass) => Tensor;
}

/** What an alpha step is taken by. */
export interface AlphaGradient {
  readonly gradient: Tensor;
  /** Of alpha's batch, `[2]`. */
  readonly scores: Tensor;
}

/** What tells methods apart that move weights and alpha in turns. */
export interface Rules {
  /**
   * The mixture of a pass.
   *
   * @param noise of the step, `[width]`; null without a source
   */
  readonly mixture: (
    k: Kernels,
    network: Network,
    alpha: Tensor,
    noise: Tensor | null,
    level: Level,
  ) => Mixture;
  /**
   * Gradient of alpha and the scores of its batch. Absent: of one pass, by way of its mixture.
   *
   * @param valid alpha's batch
   */
  readonly alphaGradient?: (
    k: Kernels,
    network: Network,
    state: SearchState,
    input: StepInput,
    valid: Batch,
  ) => AlphaGradient;
  /** Moves alpha, in place. */
  readonly update: (k: Kernels, adam: AdamState, gradient: Tensor, input: StepInput) => void;
}

/**
 * A weights step on the train batch, clipped, and an alpha step with the gradient of the alpha batch's
 * loss. Whichever comes second in the method's own code sees what the first has changed. Both in
 * training mode.
 */
export function alternating(name: MethodName, rules: Rules): SearchMethod['step'] {
  return (k, network, state, input) => {
    const { valid } = input;
    const first = METHOD_FACTS[name].recipe.first ?? network.recipe.first;
    const alphaStep = () => valid && stepAlpha(k, network, state, rules, valid, input);
    if (first === 'alpha') {
      const scores = alphaStep();
      return { ...stepWeights(k, network, state, rules, input), valid: scores };
    }
    const step = stepWeights(k, network, state, rules, input);
    return { ...step, valid: alphaStep() };
  };
}

function stepWeights(
  k: Kernels,
  network: Network,
  { sgd, adam }: SearchState,
  { mixture }: Rules,
  { train, clock, noise }: StepInput,
): { readonly train: Tensor; readonly norm: Tensor } {
  return k.scope(() => {
    const { p } = mixture(k, network, adam.alpha, noise, 'weights');
    const pass = network.forward(sgd.weights, p, train, { sparse: true });
    const norm = k.fused.sgd(sgd, pass.weightGradient(), clock);
    return { keep: [pass.scores, norm], value: { train: pass.scores, norm } };
  });
}

/** @returns the alpha batch's scores before the update */
function stepAlpha(
  k: Kernels,
  network: Network,
  state: SearchState,
  rules: Rules,
  valid: Batch,
  input: StepInput,
): Tensor {
  return k.scope(() => {
    const { gradient, scores } =
      rules.alphaGradient?.(k, network, state, input, valid) ??
      throughMixture(k, network, state, rules, valid, input);
    rules.update(k, state.adam, gradient, input);
    return { keep: [scores], value: scores };
  });
}

function throughMixture(
  k: Kernels,
  network: Network,
  { sgd, adam }: SearchState,
  { mixture }: Rules,
  valid: Batch,
  { noise }: StepInput,
): AlphaGradient {
  const { p, sparse = false, gradient } = mixture(k, network, adam.alpha, noise, 'alpha');
  const pass = network.forward(sgd.weights, p, valid, { sparse });
  return { gradient: gradient(pass), scores: pass.scores };
}
