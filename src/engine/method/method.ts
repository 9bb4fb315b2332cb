import type { AlphaOptimiser, WeightOptimiser } from '../../paper/config';
import type { Kernels, TensorInfo } from '../kernels';
import type { AdamState, SgdState } from '../optimiser';
import type { Batch, Supernet } from '../supernet';

/** The tensors that a search carries from step to step. */
export interface SearchState {
  readonly sgd: SgdState;
  readonly adam: AdamState;
}

/** Scalars of one step, left on the device, `[1]` each. */
export interface StepScalars {
  readonly loss: TensorInfo;
  readonly correct: TensorInfo;
  /** L2 norm of the weight gradient before the clip. */
  readonly norm: TensorInfo;
  /** Of the alpha batch before alpha's update; null while alpha is frozen. */
  readonly alphaLoss: TensorInfo | null;
  readonly alphaCorrect: TensorInfo | null;
}

export interface StepInput {
  readonly train: Batch;
  /** Null: alpha is frozen, and nothing of alpha is computed. */
  readonly valid: Batch | null;
  readonly weightRate: number;
  readonly weights: WeightOptimiser;
  readonly alpha: AlphaOptimiser;
}

/**
 * A search method: one bilevel step. Called inside a scope; the tensors of the new state and the
 * scalars survive it.
 */
export interface SearchMethod {
  /** Mixture weights p of the derived and evaluated supernet, `[6, ops]`. */
  mixture(supernet: Supernet, alpha: TensorInfo): TensorInfo;
  step(
    k: Kernels,
    supernet: Supernet,
    state: SearchState,
    input: StepInput,
  ): { readonly state: SearchState; readonly scalars: StepScalars };
}
