import type { RandomStream } from '../../data/random';
import type { AlphaOptimiser } from '../../paper/config';

/** Alpha's tensors on the host: what a policy carries from epoch to epoch. */
export interface PolicyState {
  /** The logarithms of the policy's shares on every edge, `[6 * ops]`, then all that it consists of. */
  readonly alpha: Float32Array;
  /** Adam's moments, of the same length. */
  readonly first: Float32Array;
  readonly second: Float32Array;
  /** Updates so far. */
  readonly steps: number;
}

/** Cells and how accurate each was on a batch of its own, 0 to 1. */
export interface Rewarded {
  readonly cells: readonly (readonly number[])[];
  readonly accuracies: readonly number[];
}

/** What samples cells and learns from their accuracies, between two epochs of the weights. */
export interface CellPolicy {
  /** An operation's place for each edge. */
  sample(stream: RandomStream): readonly number[];
  /** Learns from the cells of one update. */
  learn(rewarded: Rewarded, optimiser: AlphaOptimiser): void;
  /** The state after an epoch's updates. */
  close(): PolicyState;
}

/** A kind of policy. */
export interface PolicyRule {
  /** Updates after an epoch at full scale, and cells for each. */
  readonly updates: number;
  readonly cells: number;
  /** Numbers in {@link PolicyState.alpha}. */
  size(ops: number): number;
  /** {@link PolicyState.alpha} at first. */
  initial(ops: number, stream: RandomStream): Float32Array;
  open(state: PolicyState, ops: number): CellPolicy;
}
