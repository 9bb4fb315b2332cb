import { groupRuns, type BenchRun } from '../../paper/claim/runs';
import { curvesOf, meanCurves, type Curves } from '../../paper/curves';
import type { ArmKey } from '../../paper/experiment/arm';
import { formatSeeds } from '../../paper/seeds';

/** The runs of an arm that may be judged: finished, without a change in mid-run, one a seed. */
export interface ArmEvidence {
  readonly seeds: readonly number[];
  readonly runs: readonly BenchRun[];
  /** Of each seed, on derived cells and magnitudes alone. */
  readonly curves: readonly Curves[];
  readonly mean: Curves;
  /** `In the recorded runs (seeds 0-4)`, to begin a sentence. */
  readonly where: string;
}

/** What a question is answered by. */
export interface Evidence {
  /** The visitor's runs, in place of those that ship with the page. */
  readonly own: boolean;
  /** All of them, of one scale. */
  readonly runs: readonly BenchRun[];
  /** Null when there is no run, or runs that cannot be compared. */
  readonly of: (arm: ArmKey) => ArmEvidence | null;
}

/** @param runs of one scale; those of calibration are left out */
export function evidenceOf(runs: readonly BenchRun[], own = false): Evidence {
  return { own, runs, of: (arm) => armEvidence(arm, runs, own) };
}

/** The visitor's own runs if every arm has one, else those that ship with the page. */
export function ownFirst(
  arms: readonly ArmKey[],
  own: readonly BenchRun[],
  recorded: readonly BenchRun[],
): Evidence {
  const mine = evidenceOf(own, true);
  const complete = arms.length > 0 && arms.every((arm) => mine.of(arm) !== null);
  return complete ? mine : evidenceOf(recorded);
}

function armEvidence(arm: ArmKey, runs: readonly BenchRun[], own: boolean): ArmEvidence | null {
  const { arms, seeds, conflict } = groupRuns([arm], runs);
  if (conflict !== null || seeds.length === 0) return null;
  const chosen = seeds.map((seed) => arms.get(arm)!.get(seed)!);
  const curves = chosen.map((run) => curvesOf(run, null));
  const many = seeds.length > 1;
  const which = `(${many ? 'seeds' : 'seed'} ${formatSeeds(seeds)})`;
  const run = many ? 'runs' : 'run';
  const where = `In ${own ? 'your own' : 'the recorded'} ${run} ${which}`;
  return { seeds, runs: chosen, curves, mean: meanCurves(curves), where };
}
