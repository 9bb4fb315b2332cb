import type { RandomStream } from '../../data/random';
import type { Alpha } from '../../paper/cell';
import type { MethodOption } from '../../paper/config';
import type { Operation } from '../../paper/operation';
import type { AdamState, Clock, SgdState } from '../fused/fused';
import type { Kernels, Tensor } from '../kernels';
import type { Batch, Network } from '../network';
import type { CellPolicy, PolicyRule } from './policy';

/** The tensors that a search carries from step to step; a step changes them in place. */
export interface SearchState {
  readonly sgd: SgdState;
  /** alpha and Adam's moments, of the network's `alphaShape`. */
  readonly adam: AdamState;
}

/** Scalars of one step, left on the device. */
export interface StepScalars {
  /** Mean loss and right answers of the train batch, `[2]`. */
  readonly train: Tensor;
  /** L2 norm of the weight gradient before the clip, `[1]`. */
  readonly norm: Tensor;
  /** Of the alpha batch before alpha's update; null while alpha is frozen. */
  readonly valid: Tensor | null;
}

export interface StepInput {
  readonly train: Batch;
  /** Null: alpha is frozen, and nothing of alpha is computed. */
  readonly valid: Batch | null;
  /** Learning rates and all else that changes from step to step. */
  readonly clock: Clock;
  /** What the method's {@link NoiseSource} drew for this step; null without one. */
  readonly noise: Tensor | null;
  /** Weight of a second-order term. Absent: the method's own. */
  readonly eta?: number;
  /** Those of the method that are on. Absent: none. */
  readonly options?: readonly MethodOption[];
}

/** What a random method draws for its steps. */
export interface NoiseSource {
  /** Numbers that a step takes. @param alphas entries of alpha */
  width(alphas: number): number;
  /**
   * Draws those of one step.
   *
   * @param into `[width]`
   * @param epoch joint epoch from 0, negative in the warm-up, of `epochs`
   */
  draw(stream: RandomStream, into: Float32Array, epoch: number, epochs: number): void;
}

/**
 * A search method: one bilevel step. Called inside a scope, and where steps are captured only once:
 * what it computes may depend on tensors alone, never on numbers that change from step to step.
 */
export interface SearchMethod {
  /** Absent: nothing random in a step but its batches. */
  readonly noise?: NoiseSource;
  /** What samples the cells of the weights' steps and learns between epochs. Absent: nothing does. */
  readonly policy?: PolicyRule;
  /** Mixture weights p of the derived and evaluated supernet. */
  mixture(k: Kernels, network: Network, alpha: Tensor): Tensor;
  /**
   * What the trace records: numbers whose softmax are the mixture weights, or their mean where they are
   * drawn. Absent: alpha itself.
   */
  logits?(k: Kernels, network: Network, alpha: Tensor): Tensor;
  /**
   * Cells to be tried, an operation's place for each edge, where not alpha's argmax is derived.
   *
   * @param alpha as recorded
   * @param policy of the method, where it has one
   */
  readonly candidates?: (
    alpha: Alpha,
    ops: readonly Operation[],
    count: number,
    stream: RandomStream,
    policy: CellPolicy | null,
  ) => readonly (readonly number[])[];
  step(k: Kernels, network: Network, state: SearchState, input: StepInput): StepScalars;
}
