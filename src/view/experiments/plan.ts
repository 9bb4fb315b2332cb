import { ARM_KEYS, type ArmKey } from '../../paper/experiment/arm';
import { armCost, CALIBRATION_SEEDS } from '../../paper/experiment/bench';
import { armOf } from '../../paper/experiment/config';
import type { Experiment } from '../../paper/experiment/experiments';
import type { RunSummary } from '../../store/database';
import { isPlain } from '../../trace/toggle';
import { duration } from '../format';

/** A run to be trained. */
export interface Job {
  readonly arm: ArmKey;
  readonly seed: number;
  /** Of the stored run to go on with; null for a new one. */
  readonly uid: string | null;
}

/** How far one seed of an arm is. Epochs are finished ones. */
export type Standing =
  | { readonly state: 'finished' | 'recorded' | 'waiting' | 'missing' }
  | { readonly state: 'training' | 'paused'; readonly share: number }
  | {
      readonly state: 'elsewhere' | 'cut off';
      readonly uid: string;
      readonly epoch: number;
      readonly epochs: number;
    };

/** The run in training here. */
export interface LiveRun {
  readonly uid: string;
  readonly paused: boolean;
  /** Of its epochs, 0 to 1. */
  readonly share: number;
}

/** All that tells how far the runs of one scale are. */
export interface BenchState {
  /** Runs of the store that belong to arms at this scale. */
  readonly runs: ReadonlyMap<ArmKey, readonly RunSummary[]>;
  /** Seeds that ship with the page and count. */
  readonly recorded: ReadonlyMap<ArmKey, readonly number[]>;
  readonly live: LiveRun | null;
  /** Runs that a trainer holds, here or in another tab. */
  readonly held: ReadonlySet<string>;
  /** What is going to be trained, the job in training included. */
  readonly jobs: readonly Job[];
}

/** Stored runs of one scale by arm. */
export function runsByArm(
  heads: readonly RunSummary[],
  scale: string,
): ReadonlyMap<ArmKey, readonly RunSummary[]> {
  const runs = new Map<ArmKey, RunSummary[]>(ARM_KEYS.map((key) => [key, []]));
  for (const head of heads) {
    const arm = armOf(head.config);
    if (arm !== null && head.config.effective.scale.name === scale) runs.get(arm.key)!.push(head);
  }
  return runs;
}

/** Whether there is a run of a seed to draw and to judge, whatever else is under way. */
export function hasRun({ runs, recorded }: BenchState, arm: ArmKey, seed: number): boolean {
  const own = runs.get(arm)?.filter((run) => run.seed === seed && isSound(run)) ?? [];
  const isRecorded = recorded.get(arm)?.includes(seed) === true;
  return isRecorded || own.some(({ state }) => state === 'finished');
}

/** The best that there is of a seed: finished before recorded, in training before cut off. */
export function standingOf(bench: BenchState, arm: ArmKey, seed: number): Standing {
  const own = (bench.runs.get(arm) ?? []).filter((run) => run.seed === seed && isSound(run));
  if (own.some(({ state }) => state === 'finished')) return { state: 'finished' };
  const { live } = bench;
  if (live !== null && own.some(({ uid }) => uid === live.uid)) {
    return { state: live.paused ? 'paused' : 'training', share: live.share };
  }
  if (bench.jobs.some((job) => job.arm === arm && job.seed === seed)) return { state: 'waiting' };
  const elsewhere = own.find(({ uid }) => bench.held.has(uid));
  if (elsewhere !== undefined) return { state: 'elsewhere', ...progressOf(elsewhere) };
  if (bench.recorded.get(arm)?.includes(seed) === true) return { state: 'recorded' };
  const [furthest] = own
    .filter(({ resumable }) => resumable)
    .sort((a, b) => b.epochCount - a.epochCount);
  if (furthest !== undefined) return { state: 'cut off', ...progressOf(furthest) };
  return { state: 'missing' };
}

/** Seeds that an experiment asks for, and those that were run beside them. */
export function seedsShown({ arms, seeds }: Experiment, bench: BenchState): number[] {
  const run = arms.flatMap((arm) => (bench.runs.get(arm) ?? []).map(({ seed }) => seed));
  const extra = run.filter((seed) => !CALIBRATION_SEEDS.includes(seed));
  return [...new Set([...seeds, ...extra])].sort((a, b) => a - b);
}

/** What is left to train of these arms and seeds, seed after seed; cut-off runs are gone on with. */
export function missingJobs(
  bench: BenchState,
  arms: readonly ArmKey[],
  seeds: readonly number[],
): Job[] {
  return seeds.flatMap((seed) =>
    arms.flatMap((arm): Job[] => {
      const standing = standingOf(bench, arm, seed);
      if (standing.state === 'missing') return [{ arm, seed, uid: null }];
      return standing.state === 'cut off' ? [{ arm, seed, uid: standing.uid }] : [];
    }),
  );
}

/** Cost of what is left of these jobs, in 50-epoch runs of the baseline. */
export function costOf(jobs: readonly Job[], { runs }: Pick<BenchState, 'runs'>): number {
  return jobs.reduce((sum, { arm, uid }) => {
    const run = runs.get(arm)?.find((candidate) => candidate.uid === uid);
    if (run === undefined) return sum + armCost(arm);
    const { epoch, epochs } = progressOf(run);
    return sum + armCost(arm) * (1 - epoch / epochs);
  }, 0);
}

/** A standing in words, as a screen reader hears it behind arm and seed. */
export function standingWords(standing: Standing): string {
  switch (standing.state) {
    case 'finished':
      return 'finished';
    case 'recorded':
      return 'recorded, ships with the page';
    case 'waiting':
      return 'waiting for its turn';
    case 'missing':
      return 'missing';
    case 'training':
      return `in training, ${percent(standing.share)}`;
    case 'paused':
      return `paused at ${percent(standing.share)}`;
    case 'elsewhere':
      return `in training in another tab, epoch ${standing.epoch} of ${standing.epochs}`;
    case 'cut off':
      return `cut off after epoch ${standing.epoch} of ${standing.epochs}`;
  }
}

export function percent(share: number): string {
  return `${Math.floor(100 * share)} %`;
}

/** `about 6 min`: what is measured on a busy machine is worth no more digits. */
export function aboutDuration(seconds: number): string {
  const step = seconds < 60 ? 5 : seconds < 600 ? 30 : seconds < 7200 ? 60 : 600;
  return `about ${duration(Math.max(step, step * Math.round(seconds / step)))}`;
}

/** Whether it can be judged once it is finished. */
function isSound(head: RunSummary): boolean {
  return isPlain(head) && head.environment.selfTest !== 'failed';
}

function progressOf({ uid, epochCount, config }: RunSummary) {
  const { warmup, epochs } = config.effective;
  return { uid, epoch: epochCount, epochs: warmup + epochs };
}
