import type { Alpha } from './cell';
import type { SearchSpace } from './space/space';

/** A search as claims and stop rules see it: alpha at the end of each joint epoch. */
export interface Trajectory {
  readonly space: SearchSpace;
  /** Columns of the operation rows, in the benchmark's order. */
  readonly ops: readonly string[];
  /** Epochs 1..T, counted from unfreezing: frozen epochs are left out. */
  readonly alphas: readonly Alpha[];
  /** Architectures derived at these epochs, where that is not alpha's argmax. */
  readonly cells?: readonly string[];
  /** The Hessian's largest eigenvalue after each of them; null, or absent, where it was not measured. */
  readonly eigenvalues?: readonly (number | null)[];
}
