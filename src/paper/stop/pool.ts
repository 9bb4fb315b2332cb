import { curvesOf, meanCurves } from '../curves';
import type { AccuracyTable } from '../accuracy-table';
import { summarise, type Summary } from '../statistics';
import type { Trajectory } from '../trajectory';
import { stoppedArch, type Stop, type StopRule } from './stop';

/** A rule on one search. */
export interface SeedStop extends Stop {
  readonly arch: string;
  /** Of the architecture, percent; null without a table or where it has a gap. */
  readonly accuracy: number | null;
}

/** A rule on the seeds of a regime. */
export interface PooledStop {
  /** In the order of the trajectories. */
  readonly seeds: readonly SeedStop[];
  /** Seeds in which the rule found its reason. */
  readonly triggered: number;
  /** Over the seeds' stop epochs. */
  readonly epochs: Summary;
  /** Over the seeds' accuracies; null unless every seed has one. */
  readonly accuracies: Summary | null;
  /** The stop in the mean over seeds; null for a rule that has none, or lengths that differ. */
  readonly inMean: Stop | null;
}

/**
 * A rule applied to every seed of a regime and to their mean.
 *
 * @throws RangeError when there is no trajectory.
 */
export function poolStops(
  rule: StopRule,
  trajectories: readonly Trajectory[],
  table: AccuracyTable | null = null,
): PooledStop {
  if (trajectories.length === 0) throw new RangeError('There is no search to stop.');
  const seeds = trajectories.map((trajectory) => seedStop(rule, trajectory, table));
  const accuracies = seeds.map(({ accuracy }) => accuracy).filter((value) => value !== null);
  const first = trajectories[0]!.alphas.length;
  const level = trajectories.every(({ alphas }) => alphas.length === first);
  return {
    seeds,
    triggered: seeds.filter(({ triggered }) => triggered).length,
    epochs: summarise(seeds.map(({ epoch }) => epoch)),
    accuracies: accuracies.length === seeds.length ? summarise(accuracies) : null,
    // Worked out each time it is read: a mean of all curves, for which most tables have no use.
    get inMean() {
      return level && rule.findInMean !== undefined
        ? rule.findInMean(meanCurves(trajectories.map((one) => curvesOf(one, null))))
        : null;
    },
  };
}

/** The best epoch a search ever visited: what no stop rule can exceed. Null where the table has a gap. */
export function bestVisited(trajectory: Trajectory, table: AccuracyTable): SeedStop | null {
  const epochs = trajectory.alphas.map((_, at): SeedStop => {
    const stop = { epoch: at + 1, decidedAt: trajectory.alphas.length, triggered: true };
    const arch = stoppedArch(trajectory, stop);
    return { ...stop, arch, accuracy: table.accuracy(arch) ?? null };
  });
  if (epochs.some(({ accuracy }) => accuracy === null)) return null;
  return epochs.reduce((best, one) => (one.accuracy! > best.accuracy! ? one : best));
}

function seedStop(rule: StopRule, trajectory: Trajectory, table: AccuracyTable | null): SeedStop {
  const stop = rule.find(trajectory);
  const arch = stoppedArch(trajectory, stop);
  return { ...stop, arch, accuracy: table?.accuracy(arch) ?? null };
}
