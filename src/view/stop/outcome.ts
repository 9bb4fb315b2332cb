import type { AccuracyTable } from '../../paper/accuracy-table';
import { curvesOf, heldAt, type Curves } from '../../paper/curves';
import { bandOverSeeds, summarise, type Summary } from '../../paper/statistics';
import { poolStops, type PooledStop } from '../../paper/stop/pool';
import { localAverages } from '../../paper/stop/eigenvalue';
import { criterionCurve, selectiveStop } from '../../paper/stop/selective-stop';
import type { StopRule } from '../../paper/stop/stop';
import type { Trajectory } from '../../paper/trajectory';
import { linked } from '../chart/linked';
import type { CurveBundle } from '../chart/series';
import { problemOf, ruleName, ruleOf, type RuleEntry } from './rules';

export const SKIP = 'skip_connect';

/** A search that rules are tried on. */
export interface StopSeed {
  readonly uid: string;
  readonly seed: number;
  readonly trajectory: Trajectory;
  readonly curves: Curves;
  /** Joint epochs that it was to train; those it has are the trajectory's. */
  readonly planned: number;
}

/** What a rule makes of a search. */
export interface SeedOutcome {
  readonly seed: number;
  readonly epoch: number;
  readonly decidedAt: number;
  readonly triggered: boolean;
  readonly arch: string;
  /** Edges of the returned cell that hold skip-connect. */
  readonly skips: number;
  /** Of the returned cell, percent; null without a table, and where it has a gap. */
  readonly accuracy: number | null;
}

/** A rule over the seeds of a regime. */
export interface Pooled {
  /** In the order of the seeds. */
  readonly seeds: readonly SeedOutcome[];
  readonly epochs: Summary;
  readonly skips: Summary;
  /** Null unless every seed's cell has an accuracy. */
  readonly accuracies: Summary | null;
  readonly triggered: number;
  readonly inMean: PooledStop['inMean'];
}

/** An entry of the list with its outcome, or why it has none. */
export type Outcome = { readonly entry: RuleEntry; readonly name: string } & (
  | { readonly pooled: Pooled; readonly problem: null }
  | { readonly pooled: null; readonly problem: string }
);

/** @throws RangeError when there is no epoch. */
export function stopSeed(
  { uid, seed }: { readonly uid: string; readonly seed: number },
  trajectory: Trajectory,
  planned: number,
): StopSeed {
  return { uid, seed, trajectory, planned, curves: curvesOf(trajectory, null) };
}

/**
 * @param table accuracies in use; null without any.
 * @throws RangeError when there is no seed.
 */
export function pool(
  rule: StopRule,
  seeds: readonly Pick<StopSeed, 'seed' | 'trajectory' | 'curves'>[],
  table: AccuracyTable | null,
): Pooled {
  const pooled = poolStops(
    rule,
    seeds.map(({ trajectory }) => trajectory),
  );
  const outcomes = pooled.seeds.map((stop, at): SeedOutcome => {
    const { seed, curves } = seeds[at]!;
    const { epoch, decidedAt, triggered, arch } = stop;
    const accuracy = (fits(table, seeds[at]!) ? table.accuracy(arch) : undefined) ?? null;
    return {
      seed,
      epoch,
      decidedAt,
      triggered,
      arch,
      skips: heldAt(curves, SKIP, epoch),
      accuracy,
    };
  });
  const accuracies = outcomes.map(({ accuracy }) => accuracy).filter((value) => value !== null);
  return {
    seeds: outcomes,
    epochs: pooled.epochs,
    skips: summarise(outcomes.map(({ skips }) => skips)),
    accuracies: accuracies.length === outcomes.length ? summarise(accuracies) : null,
    triggered: pooled.triggered,
    get inMean() {
      return pooled.inMean;
    },
  };
}

/** What every entry makes of these seeds. */
export function outcomesOf(
  entries: readonly RuleEntry[],
  seeds: readonly StopSeed[],
  table: AccuracyTable | null = null,
): Outcome[] {
  const ops = seeds[0]?.trajectory.ops ?? [];
  return entries.map((entry) => {
    const name = ruleName(entry);
    const problem = problemOf(entry, ops, isMeasured(seeds));
    return problem === null
      ? { entry, name, pooled: pool(ruleOf(entry), seeds, table), problem }
      : { entry, name, pooled: null, problem };
  });
}

/** Whether a table is of the space that was searched. */
function fits(
  table: AccuracyTable | null,
  { trajectory }: Pick<StopSeed, 'trajectory'>,
): table is AccuracyTable {
  return table?.space === trajectory.space.key;
}

/** Eq. 12 beside Eq. 13 for one operation. */
export interface Identity {
  /** M: Eq. 13 is M times Eq. 12 less one. */
  readonly operations: number;
  /** Seeds in which both return the same epoch, of how many. */
  readonly same: number;
  readonly n: number;
  /** Largest distance of Eq. 13 from M m - 1 over all seeds and epochs: rounding alone. */
  readonly largest: number;
}

/** Computes both criteria by themselves and compares them. */
export function identityOf(operation: string, seeds: readonly StopSeed[]): Identity {
  const operations = seeds[0]?.trajectory.ops.length ?? 0;
  const [twelve, thirteen] = ([12, 13] as const).map((equation) =>
    selectiveStop(equation, operation),
  );
  const same = seeds.filter(
    ({ trajectory }) => twelve!.find(trajectory).epoch === thirteen!.find(trajectory).epoch,
  );
  const distances = seeds.flatMap(({ curves }) => {
    const magnitudes = criterionCurve(12, operation, curves);
    return criterionCurve(13, operation, curves).map((value, at) =>
      Math.abs(value - (operations * magnitudes[at]! - 1)),
    );
  });
  return { operations, same: same.length, n: seeds.length, largest: Math.max(0, ...distances) };
}

/** Whether the Hessian's eigenvalues are known of all these searches. */
export function isMeasured(seeds: readonly Pick<StopSeed, 'trajectory'>[]): boolean {
  return seeds.every(({ trajectory }) => trajectory.eigenvalues !== undefined);
}

/**
 * The Hessian's largest eigenvalue over the joint epochs, and the local averages that DARTS-ES compares;
 * straight between two measurements.
 */
export function eigenvalueBundles(seeds: readonly StopSeed[]): {
  readonly eigenvalue: CurveBundle;
  readonly average: CurveBundle;
} {
  const bundle = (of: (eigenvalues: readonly (number | null)[]) => readonly (number | null)[]) => {
    const lines = seeds.map(({ trajectory }) => [
      null,
      ...linked(of(trajectory.eigenvalues ?? [])),
    ]);
    return { seeds: lines, bands: bandOverSeeds(lines) };
  };
  return { eigenvalue: bundle((values) => values), average: bundle(localAverages) };
}

/** Curves over the joint epochs, for a chart whose axis begins at epoch 0. */
export function bundleOf(
  seeds: readonly StopSeed[],
  curve: (curves: Curves) => ArrayLike<number>,
): CurveBundle {
  const lines = seeds.map(({ curves }) => [null, ...Array.from(curve(curves))]);
  return { seeds: lines, bands: bandOverSeeds(lines) };
}
