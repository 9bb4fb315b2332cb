import { accuracyAt, bestAccuracy, heldAt, leaderAt, magnitudeAt, type Curves } from '../curves';
import { COLLAPSED_SKIPS } from '../experiment/bench';
import type { Condition } from './claim';

export const SKIP = 'skip_connect';
const NONE = 'none';

/** Skip-connects in the cell of the last epoch: s(T). */
export function lastSkips(run: Curves): number {
  return heldAt(run, SKIP, run.epochs);
}

/** Edges of none or skip-connect in the cell of the last epoch. */
export function lastIdle(run: Curves): number {
  return heldAt(run, NONE, run.epochs) + lastSkips(run);
}

/** q(T), percent. @throws MissingAccuracy */
export function lastAccuracy(run: Curves): number {
  return accuracyAt(run, run.epochs);
}

/** Skip-connect takes the cell over. @param limit M, or null without accuracies */
export function degradation(run: Curves, limit: number | null): Condition[] {
  const end = run.epochs;
  const rise = magnitudeAt(run, SKIP, end) - magnitudeAt(run, SKIP, Math.ceil(end / 2));
  const conditions = [
    ...takeover(run),
    { label: 'its magnitude rises over the last half', holds: rise > 0 },
  ];
  if (limit === null) return conditions;
  const loss = bestAccuracy(run) - lastAccuracy(run);
  return [
    ...conditions,
    { label: 'accuracy ends below its best by more than M', holds: loss > limit },
  ];
}

/** Skip-connect holds the last cell, and leads. */
export function takeover(run: Curves): Condition[] {
  return [
    collapsed(run),
    {
      label: 'skip-connect has the largest magnitude at the end',
      holds: leaderAt(run, run.epochs) === SKIP,
    },
  ];
}

/** s(T) ≥ 4. */
export function collapsed(run: Curves): Condition {
  return {
    label: `at least ${COLLAPSED_SKIPS} skip-connects at the end`,
    holds: lastSkips(run) >= COLLAPSED_SKIPS,
  };
}

/** None and skip-connect, which compute nothing, stay behind: three edges at most, and the lead to another. */
export function heldOff(run: Curves): Condition[] {
  const leader = leaderAt(run, run.epochs);
  return [
    { label: 'at most three edges of none or skip-connect at the end', holds: lastIdle(run) <= 3 },
    {
      label: 'neither has the largest magnitude at the end',
      holds: leader !== NONE && leader !== SKIP,
    },
  ];
}

/**
 * A search keeps clear of the degradation that another shows.
 *
 * @param other in words, `the baseline`
 * @param limit M, or null without accuracies
 */
export function prevention(
  run: Curves,
  degraded: Curves,
  other: string,
  limit: number | null,
): Condition[] {
  const conditions = [{ label: 'at most one skip-connect at the end', holds: lastSkips(run) <= 1 }];
  if (limit === null) return conditions;
  const accuracy = lastAccuracy(run);
  return [
    ...conditions,
    { label: 'accuracy ends within M of its best', holds: accuracy >= bestAccuracy(run) - limit },
    gain(run, degraded, other, limit),
  ];
}

/** Accuracy ends above that of another search by more than M. */
export function gain(run: Curves, degraded: Curves, other: string, limit: number): Condition {
  return {
    label: `accuracy ends above ${other}’s by more than M`,
    holds: lastAccuracy(run) - lastAccuracy(degraded) > limit,
  };
}

/** Whether no value lies below its predecessor by more than `slack`. */
export function neverFalls(values: readonly number[], slack: number): boolean {
  return values.every((value, at) => at === 0 || value >= values[at - 1]! - slack);
}
