import type { Fork, RunHead } from '../../trace/types';

/** Two runs that are one up to an epoch. */
export interface Twin {
  readonly first: string;
  readonly second: string;
  /** Epochs in common. */
  readonly epoch: number;
}

type Branch = Pick<RunHead, 'uid' | 'fork'>;

/** The first run of one regime that has a twin in another: its parent, its fork, or one of the same parent. */
export function twinOf(first: readonly Branch[], second: readonly Branch[]): Twin | null {
  for (const a of first) {
    for (const b of second) {
      const epoch = sharedEpochs(a, b);
      if (epoch !== null) return { first: a.uid, second: b.uid, epoch };
    }
  }
  return null;
}

function sharedEpochs(a: Branch, b: Branch): number | null {
  if (b.fork?.parent === a.uid) return b.fork.epoch;
  if (a.fork?.parent === b.uid) return a.fork.epoch;
  if (a.fork === undefined || a.fork.parent !== b.fork?.parent) return null;
  return Math.min(a.fork.epoch, b.fork.epoch);
}

/** Whether a branch was left as its parent was. */
export function isControl({ change }: Fork): boolean {
  return Object.keys(change).length === 0;
}
