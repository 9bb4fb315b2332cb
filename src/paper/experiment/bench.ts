import { epochTime } from '../method/step-time';
import { scaleByName, stepsPerEpoch } from '../scale';
import type { SpaceKey } from '../space/space';
import { hessianSteps } from '../stop/eigenvalue';
import { median } from '../statistics';
import { armByKey, type ArmKey } from './arm';

/** Candidates for the scale `bench`, cheapest first, as docs/protocol.md lists them. */
export const BENCH_CANDIDATES = [
  'c8-n1-r8-i2048-b32',
  'c8-n1-r8-i4096',
  'c8-n1-r8-i6272',
  'c8-n1-r16-i2048-b32',
  'c8-n1-r16-i3136-b32',
  'c8-n1-r16-i4096',
] as const;

/** The scale that calibration chose, by its name in scale.ts (docs/calibration.md). */
export const BENCH_SCALE = 'bench';

/** Baseline only; never pooled with verdict runs. */
export const CALIBRATION_SEEDS: readonly number[] = [100, 101, 102, 103, 104];

/** Longest median run on one core, seconds. */
const LONGEST_RUN = 600;
/** Skip-connects that make a collapse, and the seeds that must show it. */
export const COLLAPSED_SKIPS = 4;
const COLLAPSED_SEEDS = 4;

/** Cost of a warm-up epoch against a joint one: three of a step's five passes remain. */
const WARM_UP_COST = 0.6;
/**
 * Cost of a step in a space against one of NAS-Bench-201 at `bench` on wasm, measured in one run
 * (docs/performance.md); with alphas for each stage it does the same work. The protocol, which is
 * older, counts 1.5 for the three of 1Shot1.
 */
const STEP_COST: Readonly<Record<SpaceKey, number>> = {
  'nas-bench-201': 1,
  'nas-bench-201-stages': 1,
  'nas-bench-1shot1-1': 2.5,
  'nas-bench-1shot1-2': 2.3,
  'nas-bench-1shot1-3': 3.3,
};

export interface CalibrationRun {
  readonly scale: string;
  readonly seed: number;
  /** Skip-connects in the last epoch's cell; null when the run ended in NaN. */
  readonly skips: number | null;
  readonly seconds: number;
}

export type Calibration =
  /** This scale's runs are missing; seeds yet to run. */
  | { readonly state: 'open'; readonly scale: string; readonly seeds: readonly number[] }
  /** `collapsed`: the first that collapses; `largest`: none did, this is the largest affordable. */
  | { readonly state: 'chosen'; readonly scale: string; readonly why: 'collapsed' | 'largest' }
  | { readonly state: 'impossible' };

/**
 * What the calibration runs so far say about the scale, by the protocol's rule: candidates in order,
 * the first where at least four of five seeds end with four or more skip-connects within the time;
 * else the largest within it. A candidate above the time ends the list, since those behind cost more.
 */
export function calibrate(runs: readonly CalibrationRun[]): Calibration {
  let affordable: string | null = null;
  for (const scale of BENCH_CANDIDATES) {
    const own = runs.filter((run) => run.scale === scale && CALIBRATION_SEEDS.includes(run.seed));
    const seeds = CALIBRATION_SEEDS.filter((seed) => !own.some((run) => run.seed === seed));
    if (seeds.length > 0) return { state: 'open', scale, seeds };
    if (median(own.map(({ seconds }) => seconds)) > LONGEST_RUN) break;
    affordable = scale;
    const collapsed = own.filter(({ skips }) => skips !== null && skips >= COLLAPSED_SKIPS);
    if (collapsed.length >= COLLAPSED_SEEDS) return { state: 'chosen', scale, why: 'collapsed' };
  }
  return affordable === null
    ? { state: 'impossible' }
    : { state: 'chosen', scale: affordable, why: 'largest' };
}

/**
 * Cost of one run of an arm, in 50-epoch runs of the baseline; a method whose second-order term weighs
 * nothing, and is not computed, counts as DARTS-V1.
 */
export function armCost(key: ArmKey): number {
  const { method, eta, warmup, epochs, space, hessian } = armByKey(key).values;
  const step = STEP_COST[space] * (eta === 0 ? 1 : epochTime(method));
  const measured = hessian ? hessianSteps(epochs) / stepsPerEpoch(scaleByName(BENCH_SCALE)) : 0;
  return (step * (WARM_UP_COST * warmup + epochs + measured)) / armByKey('baseline').values.epochs;
}
