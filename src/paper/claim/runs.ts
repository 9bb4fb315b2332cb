import type { ArmKey } from '../experiment/arm';
import { CALIBRATION_SEEDS } from '../experiment/bench';
import type { Trajectory } from '../trajectory';

/** A stored run as verdicts need it. */
export interface BenchRun extends Trajectory {
  readonly uid: string;
  readonly arm: ArmKey;
  readonly seed: number;
  readonly configDigest: string;
  /** Name of the scale. */
  readonly scale: string;
  /** Digest of the data. */
  readonly data: string;
  /** Whether a setting was changed in mid-run. */
  readonly toggled: boolean;
  /** Whether it branched off from another run. */
  readonly forked: boolean;
  /** Whether every epoch was trained. */
  readonly finished: boolean;
  /** Whether the numerics self-test of its environment failed. */
  readonly selfTestFailed: boolean;
  /** Supernet's accuracy on the weights half minus that on the alpha half, last epoch, 0..1. */
  readonly gap: number;
}

export interface Excluded {
  readonly uid: string;
  readonly reason: string;
}

/** The runs of a claim's arms, sorted out. */
export interface Group {
  /** Per arm one run for every seed. */
  readonly arms: ReadonlyMap<ArmKey, ReadonlyMap<number, BenchRun>>;
  /** Seeds that every arm has, ascending. */
  readonly seeds: readonly number[];
  readonly excluded: readonly Excluded[];
  /** Why the runs cannot be compared; null when they can. */
  readonly conflict: string | null;
  /** The scale they share; null when there is none or no run. */
  readonly scale: string | null;
}

/** Why a run is never judged or pooled; null for one that may be. */
function exclusion(run: BenchRun): string | null {
  if (run.forked) return 'it is a fork of another run';
  if (run.toggled) return 'a setting was changed in mid-run';
  if (!run.finished) return 'it is not finished';
  if (run.selfTestFailed) return 'the numerics self-test failed where it was made';
  if (CALIBRATION_SEEDS.includes(run.seed)) return 'it served calibration';
  return null;
}

/** The runs that a claim over these arms rests on. Of equal arm and seed the least uid counts. */
export function groupRuns(arms: readonly ArmKey[], runs: readonly BenchRun[]): Group {
  const excluded: Excluded[] = [];
  const grouped = new Map(arms.map((arm) => [arm, new Map<number, BenchRun>()]));
  const used: BenchRun[] = [];
  for (const run of runs.toSorted((a, b) => (a.uid < b.uid ? -1 : 1))) {
    const seeds = grouped.get(run.arm);
    if (seeds === undefined) continue;
    const reason = exclusion(run);
    if (reason !== null) {
      excluded.push({ uid: run.uid, reason });
      continue;
    }
    used.push(run);
    if (seeds.has(run.seed)) excluded.push({ uid: run.uid, reason: 'it repeats another run' });
    else seeds.set(run.seed, run);
  }
  const [first, ...others] = arms.map((arm) => grouped.get(arm)!);
  const seeds = [...first!.keys()]
    .filter((seed) => others.every((arm) => arm.has(seed)))
    .sort((a, b) => a - b);
  const scales = new Set(used.map(({ scale }) => scale));
  return {
    arms: grouped,
    seeds,
    excluded,
    conflict: conflictOf(used),
    scale: scales.size === 1 ? [...scales][0]! : null,
  };
}

function conflictOf(runs: readonly BenchRun[]): string | null {
  const scales = new Set(runs.map(({ scale }) => scale));
  if (scales.size > 1) return `the runs are of ${scales.size} scales: ${[...scales].join(', ')}`;
  for (const run of runs) {
    const same = runs.filter(({ arm }) => arm === run.arm);
    if (same.some(({ configDigest }) => configDigest !== run.configDigest)) {
      return `the runs of ${run.arm} differ in configuration`;
    }
    const peers = runs.filter(({ space }) => space.key === run.space.key);
    if (peers.some(({ data }) => data !== run.data)) {
      return 'the runs were trained on different data';
    }
  }
  return null;
}
