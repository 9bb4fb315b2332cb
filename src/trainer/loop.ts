import type { SearchData } from '../data/search-data';
import type { Device } from '../engine/device';
import { enterStage } from '../engine/enter-stage';
import type { EpochPlan } from '../engine/epoch-plan';
import { planMemory } from '../engine/memory-plan';
import { Search } from '../engine/search';
import type { SearchSnapshot } from '../engine/snapshot';
import type { Alpha } from '../paper/cell';
import type { RunConfig } from '../paper/config';
import { largestEigenvalue } from '../paper/eigenvalue';
import { measuresHessian } from '../paper/method/recipe';
import { stageAt, stagesOf } from '../paper/method/stages';
import { METHOD_FACTS } from '../paper/method/registry';
import { liveOptimisers } from '../paper/resolve';
import { rateAt } from '../paper/schedule';
import { earlyStopRule } from '../paper/stop/early-stop';
import type { Stop, StopWatch } from '../paper/stop/stop';
import { spaceOf } from '../paper/space/registry';
import type { JointEpoch } from '../trace/bench-run';
import { liveAt, type Live } from '../trace/toggle';
import type { EpochRecord, StepSnapshot, Toggle } from '../trace/types';
import { drawnSets, epochDraws, epochNoise, type EpochDraws } from './batches';
import { derive, trialPlan } from './derive';
import { rewardPlans, trainPolicy } from './policy';

/** Snapshots of alpha inside an epoch, at most. */
const SNAPSHOTS = 8;
/** On a GPU, alpha is fetched inside an epoch at most once in so many milliseconds. */
const FETCH_EVERY = 1000;

/** Training gave a number that is none. */
export class NumericError extends Error {
  override readonly name = 'NumericError';
}

/** Where a run goes on. */
export interface ResumePoint {
  /** Finished epochs. */
  readonly epoch: number;
  /** The finished joint epochs: a rule that ends the search is shown them again. */
  readonly joint: readonly JointEpoch[];
  /** The state after these epochs. */
  readonly snapshot: SearchSnapshot;
}

export interface RunInput {
  readonly seed: number;
  readonly config: RunConfig;
  readonly data: SearchData;
  readonly device: Device;
  /** Null for a new run. */
  readonly from: ResumePoint | null;
  /** Asked at the start of every epoch: all toggles so far, those of this epoch included. */
  readonly toggles: (epoch: number) => readonly Toggle[];
  /** Milliseconds; only for the records' wall clock. */
  readonly now?: () => number;
  /** Progress of compiling the GPU's pipelines, 0 to 1. */
  readonly compiling?: (share: number) => void;
}

export type RunProgress =
  | { readonly type: 'ready'; readonly snapshot: SearchSnapshot }
  | { readonly type: 'epoch-start'; readonly epoch: number; readonly live: Live }
  | {
      readonly type: 'step';
      readonly epoch: number;
      readonly step: number;
      readonly seconds: number;
      /** Alpha at this step, when it is one of the decimated snapshots. */
      readonly alpha: Alpha | null;
    }
  | { readonly type: 'evaluating'; readonly epoch: number }
  | {
      readonly type: 'epoch';
      readonly record: EpochRecord;
      readonly snapshot: SearchSnapshot;
      /** Whether the run ends with this epoch. */
      readonly last: boolean;
      /** Why it ends before its planned length; null where it does not. */
      readonly stop: Stop | null;
    };

/**
 * One run, as a sequence of steps that the host pulls: it pauses by not asking for the next, and
 * stops by returning. Everything random comes from streams named after seed, purpose and epoch, so
 * a run resumed at an epoch edge equals one that never stopped. A stage is entered by its first epoch:
 * the state after the epoch before is still that of the stage before.
 *
 * @throws NumericError at a NaN or an infinity
 * @throws DeviceError when the device failed
 */
export async function* trainRun(input: RunInput): AsyncGenerator<RunProgress, void, void> {
  const { seed, config, device, from } = input;
  const { effective } = config;
  const finished = from?.epoch ?? 0;
  const { recompute } = planMemory(effective, device);
  const watch = watchOf(config, from);
  const stages = stagesOf(effective);
  let start: SearchSnapshot | { readonly seed: number } = from?.snapshot ?? { seed };
  try {
    if (from) yield { type: 'ready', snapshot: from.snapshot };
    for (let stage = stageAt(effective, finished + 1); stage < stages.length; stage++) {
      const before = effective.warmup + stages[stage]!.after;
      const enters = stage > 0 && finished <= before;
      if (enters && 'weights' in start) start = enterStage(effective, stage, start, seed);
      const first = Math.max(finished, stage === 0 ? 0 : before) + 1;
      const last = before + stages[stage]!.epochs;
      const part: StageInput = { stage, start, recompute, watch, first, last };
      const left = yield* trainStage(input, part);
      if (left === null) break;
      start = left;
    }
  } catch (error) {
    // A read from a lost device is refused before the loss itself is announced.
    await new Promise((resolve) => setTimeout(resolve, 100));
    device.check();
    throw error;
  }
}

/** A stage of a run, or what is left of it. */
interface StageInput {
  readonly stage: number;
  readonly start: SearchSnapshot | { readonly seed: number };
  readonly recompute: boolean;
  readonly watch: StopWatch | null;
  /** First and last epoch to be trained. */
  readonly first: number;
  readonly last: number;
}

/** @returns the state after it; null where the run ended */
async function* trainStage(
  input: RunInput,
  { stage, start, recompute, watch, first, last: lastOfStage }: StageInput,
): AsyncGenerator<RunProgress, SearchSnapshot | null, void> {
  const { seed, config, data, device } = input;
  const { effective } = config;
  const { warmup, epochs, stepsPerEpoch } = effective;
  const space = spaceOf(effective);
  const now = input.now ?? (() => performance.now());
  const search = new Search(device.kernels, effective, data, start, recompute, stage);
  let state: SearchSnapshot | null = null;
  const prepared = new Set<boolean>();
  const trainsAlpha = METHOD_FACTS[effective.method].trainsAlpha;
  const sets = drawnSets(data, effective.method);
  const trialAt = (epoch: number, alpha: Alpha) =>
    trialPlan(effective, data.alpha, seed, epoch, alpha, search.policy());
  try {
    if ('seed' in start) yield { type: 'ready', snapshot: await search.snapshot() };
    for (let epoch = first; epoch <= lastOfStage; epoch++) {
      const live = liveAt(effective, input.toggles(epoch), epoch);
      yield { type: 'epoch-start', epoch, live };
      // Nothing of alpha is computed where it stays as it is.
      const still = live.frozen || !trainsAlpha;
      const draws = epochDraws(sets, seed, epoch, still, space.recipe.alphaBatches);
      const policy = search.policy();
      const noise = epochNoise(effective, seed, epoch, policy);
      const plan = { ...planOf(config, live, epoch, draws), ...noise };
      search.begin(plan);
      if (!prepared.has(live.frozen)) {
        const trial = trialAt(epoch, await search.alpha());
        const rewards = policy && rewardPlans(effective, data.alpha, seed, epoch, policy).next();
        await search.prepare(input.compiling, trial, rewards?.value ?? null);
        prepared.add(live.frozen);
      }
      const every = Math.ceil(stepsPerEpoch / SNAPSHOTS);
      const isSnapshot = (step: number) => step % every === 0 || step === stepsPerEpoch;
      let seconds = 0;
      let fetched = now();
      for (let step = 1; step <= stepsPerEpoch; step++) {
        const begun = now();
        search.step();
        await search.pace();
        device.check();
        let alpha: Alpha | null = null;
        // On the CPU a look costs nothing, so that training ends at the step that went wrong.
        if (device.name !== 'webgpu' || (isSnapshot(step) && now() - fetched > FETCH_EVERY)) {
          const { loss, norm, alphaLoss } = await search.totals();
          const here = await search.alpha();
          fetched = now();
          const when = `after step ${step} of epoch ${epoch}`;
          requireFinite([loss, norm, alphaLoss], `a loss or gradient norm ${when}`);
          requireFinite(here.flat(), `alpha ${when}`);
          if (isSnapshot(step)) alpha = here;
        }
        const elapsed = (now() - begun) / 1000;
        seconds += elapsed;
        yield { type: 'step', epoch, step, seconds: elapsed, alpha };
      }
      yield { type: 'evaluating', epoch };
      const begun = now();
      const totals = await search.totals();
      const trail = await search.trail();
      trail.forEach((alpha, i) =>
        requireFinite(alpha.flat(), `alpha after step ${i + 1} of epoch ${epoch}`),
      );
      const snapshots: StepSnapshot[] = trail
        .map((alpha, i) => ({ step: i + 1, alpha }))
        .filter(({ step }) => isSnapshot(step))
        .slice(0, SNAPSHOTS);
      if (!live.frozen) {
        await trainPolicy(search, effective, data.alpha, seed, epoch, plan.alphaOptimiser);
      }
      const alpha = await search.alpha();
      const { arch, cell } = await derive(search, effective, alpha, trialAt(epoch, alpha));
      const valid = await search.evaluate(cell);
      const measured = !live.frozen && measuresHessian(effective, epoch);
      const eigenvalue = measured
        ? { eigenvalue: largestEigenvalue(await search.hessian()) + plan.alphaOptimiser.l2 }
        : {};
      const snapshot = await search.snapshot();
      device.check();
      seconds += (now() - begun) / 1000;
      const record: EpochRecord = {
        epoch,
        phase: live.frozen ? 'warmup' : 'joint',
        alpha,
        arch,
        lossTrain: totals.loss / totals.steps,
        accTrain: totals.correct / totals.images,
        lossAlpha: still ? null : totals.alphaLoss / totals.alphaSteps,
        accAlpha: still ? null : totals.alphaCorrect / totals.alphaImages,
        lossValid: valid.loss,
        accValid: valid.accuracy,
        rateWeights: plan.weightRate,
        rateAlpha: plan.alphaOptimiser.rate,
        l2: plan.alphaOptimiser.l2,
        gradNorm: totals.norm / totals.steps,
        steps: snapshots,
        ...eigenvalue,
        seconds,
      };
      requireFinite(
        [record.lossTrain, record.lossValid, record.lossAlpha ?? 0, record.gradNorm],
        `a loss or gradient norm in epoch ${epoch}`,
      );
      requireFinite([record.eigenvalue ?? 0], `the Hessian’s largest eigenvalue in epoch ${epoch}`);
      requireFinite(snapshot.weights, `a weight after epoch ${epoch}`);
      const final = epoch === warmup + epochs;
      // After its last epoch a search has nothing to gain from an eigenvalue: DARTS-ES looks no more.
      const seen = final ? null : record.eigenvalue;
      const stop = live.frozen ? null : (watch?.observe(alpha, seen) ?? null);
      const last = stop !== null || final;
      yield { type: 'epoch', record, snapshot, last, stop };
      if (last) return null;
      state = snapshot;
    }
    return state;
  } finally {
    search.dispose();
  }
}

/** The watch of a run that may end itself, as it stands where the run goes on; null for other runs. */
function watchOf({ effective }: RunConfig, from: ResumePoint | null): StopWatch | null {
  if (effective.stop === undefined) return null;
  const watch = earlyStopRule(effective.stop).start(spaceOf(effective), effective.ops);
  for (const { alpha, eigenvalue } of from?.joint ?? []) watch.observe(alpha, eigenvalue);
  return watch;
}

/** An epoch's batches and what the optimisers use in it, toggles included. */
function planOf(config: RunConfig, live: Live, epoch: number, draws: EpochDraws): EpochPlan {
  const { warmup, epochs, scale } = config.effective;
  const { weights, alpha } = liveOptimisers(config, live);
  const weightRate = rateAt(weights, epoch - 1 - warmup, epochs);
  const { batch } = scale;
  const images = draws.train.length;
  return { batch, images, ...draws, weightRate, weights, alphaOptimiser: alpha };
}

/** @throws NumericError naming `what` */
export function requireFinite(values: ArrayLike<number>, what: string): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new NumericError(
        `Training gave ${values[i]} for ${what}. A smaller learning rate or a larger batch helps.`,
      );
    }
  }
}
