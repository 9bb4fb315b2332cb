import type { Alpha } from '../cell';
import type { Curves } from '../curves';
import type { SearchSpace } from '../space/space';
import type { Trajectory } from '../trajectory';

/** Where a rule ends a search; epochs are joint epochs, 1..T. */
export interface Stop {
  /** The epoch whose architecture is returned. */
  readonly epoch: number;
  /** The epoch after which the rule knew: an online rule trains no further. */
  readonly decidedAt: number;
  /** False when the rule never found its reason; epoch is then the last. */
  readonly triggered: boolean;
}

/** A criterion for when to end a search, applied to a stored one. */
export interface StopRule {
  /** Short and unique with its parameters, as the papers write it: `sc_2`, `rt_10`. */
  readonly key: string;
  readonly label: string;
  readonly find: (trajectory: Trajectory) => Stop;
  /** The same on the mean over seeds, where the rule has a meaning there. */
  readonly findInMean?: (curves: Curves) => Stop;
}

/** A rule that can end the training itself. */
export interface OnlineRule extends StopRule {
  /** Before the first joint epoch. A resumed search starts anew and shows the stored epochs again. */
  readonly start: (space: SearchSpace, ops: readonly string[]) => StopWatch;
}

/** Watches one search. */
export interface StopWatch {
  /**
   * Alpha at the end of the next joint epoch; a stop as soon as there is a reason, then for good.
   *
   * @param eigenvalue of the Hessian after that epoch; null where none was measured
   */
  readonly observe: (alpha: Alpha, eigenvalue?: number | null) => Stop | null;
}

/** The stop at the last epoch of a search in which a rule found no reason. */
export function neverTriggered(epochs: number): Stop {
  return { epoch: epochs, decidedAt: epochs, triggered: false };
}

/** A watch over a stored search: its stop, or the last epoch. */
export function watchAll(start: OnlineRule['start'], { space, ops, alphas }: Trajectory): Stop {
  const watch = start(space, ops);
  for (const alpha of alphas) {
    const stop = watch.observe(alpha);
    if (stop !== null) return stop;
  }
  return neverTriggered(alphas.length);
}

/** The architecture that a stop returns. */
export function stoppedArch(run: Trajectory, { epoch }: Stop): string {
  const { space, ops, alphas, cells } = run;
  const alpha = alphas[epoch - 1];
  if (alpha === undefined) {
    throw new RangeError(`Epoch ${epoch} is not one of the ${alphas.length} joint epochs.`);
  }
  return cells?.[epoch - 1] ?? space.derive(alpha, ops);
}
