import { drawWithReplacement, epochOrder, fillBatch } from '../data/augment';
import type { ImageSet } from '../data/images';
import { RandomStream } from '../data/random';
import type { SearchData } from '../data/search-data';
import type { Device } from '../engine/device';
import { Search, type SearchSnapshot, type StepRates } from '../engine/search';
import type { Batch } from '../engine/supernet';
import type { Alpha } from '../paper/cell';
import type { RunConfig } from '../paper/config';
import { deriveGenotype, formatGenotype } from '../paper/genotype';
import { liveOptimisers } from '../paper/resolve';
import { rateAt } from '../paper/schedule';
import { liveAt, type Live } from '../trace/toggle';
import type { EpochRecord, StepSnapshot, Toggle } from '../trace/types';

/** Snapshots of alpha inside an epoch, at most. */
const SNAPSHOTS = 8;

/** Training gave a number that is none. */
export class NumericError extends Error {
  override readonly name = 'NumericError';
}

export interface RunInput {
  readonly seed: number;
  readonly config: RunConfig;
  readonly data: SearchData;
  readonly device: Device;
  /** Finished epochs and the state after them; null for a new run. */
  readonly from: { readonly epoch: number; readonly snapshot: SearchSnapshot } | null;
  /** Asked at the start of every epoch: all toggles so far, those of this epoch included. */
  readonly toggles: (epoch: number) => readonly Toggle[];
  /** Milliseconds; only for the records' wall clock. */
  readonly now?: () => number;
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
    };

/**
 * One run, as a sequence of steps that the host pulls: it pauses by not asking for the next, and
 * stops by returning. Everything random comes from streams named after seed, purpose and epoch, so
 * a run resumed at an epoch edge equals one that never stopped.
 *
 * @throws NumericError at a NaN or an infinity
 * @throws DeviceError when the device failed
 */
export async function* trainRun(input: RunInput): AsyncGenerator<RunProgress, void, void> {
  const { seed, config, data, device, from } = input;
  const { effective } = config;
  const { warmup, epochs, stepsPerEpoch, scale } = effective;
  const now = input.now ?? (() => performance.now());
  const search = new Search(device.kernels, effective, from ? from.snapshot : { seed });
  try {
    yield { type: 'ready', snapshot: await search.snapshot() };
    for (let epoch = (from?.epoch ?? 0) + 1; epoch <= warmup + epochs; epoch++) {
      const live = liveAt(effective, input.toggles(epoch), epoch);
      yield { type: 'epoch-start', epoch, live };
      const rates = ratesOf(config, live, epoch);
      const batches = new EpochBatches(data, seed, epoch, scale.batch);
      const snapshots: StepSnapshot[] = [];
      const every = Math.ceil(stepsPerEpoch / SNAPSHOTS);
      let seconds = 0;
      search.resetTotals();
      for (let step = 1; step <= stepsPerEpoch; step++) {
        const start = now();
        search.step(batches.train(step - 1), live.frozen ? null : batches.alpha(step - 1), rates);
        device.check();
        let alpha: Alpha | null = null;
        if (step % every === 0 || step === stepsPerEpoch) {
          alpha = await search.alpha();
          requireFinite(alpha.flat(), `alpha after step ${step} of epoch ${epoch}`);
          if (snapshots.length < SNAPSHOTS) snapshots.push({ step, alpha });
        }
        const elapsed = (now() - start) / 1000;
        seconds += elapsed;
        yield { type: 'step', epoch, step, seconds: elapsed, alpha };
      }
      yield { type: 'evaluating', epoch };
      const start = now();
      const totals = await search.totals();
      const valid = await search.evaluate(cleanBatches(data.alpha, scale.batch));
      const alpha = await search.alpha();
      const snapshot = await search.snapshot();
      device.check();
      seconds += (now() - start) / 1000;
      const record: EpochRecord = {
        epoch,
        phase: live.frozen ? 'warmup' : 'joint',
        alpha,
        arch: formatGenotype(deriveGenotype(alpha, effective.ops)),
        lossTrain: totals.loss / totals.steps,
        accTrain: totals.correct / totals.images,
        lossAlpha: live.frozen ? null : totals.alphaLoss / totals.alphaSteps,
        accAlpha: live.frozen ? null : totals.alphaCorrect / totals.alphaImages,
        lossValid: valid.loss,
        accValid: valid.accuracy,
        rateWeights: rates.weightRate,
        rateAlpha: rates.alpha.rate,
        l2: rates.alpha.l2,
        gradNorm: totals.norm / totals.steps,
        steps: snapshots,
        seconds,
      };
      requireFinite(
        [record.lossTrain, record.lossValid, record.lossAlpha ?? 0, record.gradNorm],
        `a loss or gradient norm in epoch ${epoch}`,
      );
      requireFinite(snapshot.weights, `a weight after epoch ${epoch}`);
      yield { type: 'epoch', record, snapshot };
    }
  } catch (error) {
    // A read from a lost device is refused before the loss itself is announced.
    await new Promise((resolve) => setTimeout(resolve, 100));
    device.check();
    throw error;
  } finally {
    search.dispose();
  }
}

/** What the optimisers use in an epoch, toggles included. */
function ratesOf(config: RunConfig, live: Live, epoch: number): StepRates {
  const { warmup, epochs, scale } = config.effective;
  const { weights, alpha } = liveOptimisers({ swap: live.swap, l2: live.l2, scale: scale.name });
  return { weightRate: rateAt(weights, epoch - 1 - warmup, epochs), weights, alpha };
}

/** The batches of one epoch: a shuffled pass over the weights half, draws with replacement of alpha's. */
class EpochBatches {
  private readonly order: Uint32Array;
  private readonly trainAugmentation: RandomStream;
  private readonly alphaDraws: RandomStream;
  private readonly alphaAugmentation: RandomStream;

  constructor(
    private readonly data: SearchData,
    seed: number,
    epoch: number,
    private readonly batch: number,
  ) {
    this.order = epochOrder(RandomStream.named(seed, `order/${epoch}`), data.weights.count);
    this.trainAugmentation = RandomStream.named(seed, `augment/${epoch}`);
    this.alphaDraws = RandomStream.named(seed, `alpha-draws/${epoch}`);
    this.alphaAugmentation = RandomStream.named(seed, `alpha-augment/${epoch}`);
  }

  /** Batch `index` of the weights half, to be asked for in order; the last may be smaller. */
  train(index: number): Batch {
    const numbers = this.order.subarray(index * this.batch, (index + 1) * this.batch);
    return makeBatch(this.data.weights, numbers, this.trainAugmentation);
  }

  /** As many images of the alpha half, with the training augmentation, as the reference does. */
  alpha(index: number): Batch {
    const left = this.data.weights.count - index * this.batch;
    const size = Math.min(this.batch, left);
    const numbers = drawWithReplacement(this.alphaDraws, this.data.alpha.count, size);
    return makeBatch(this.data.alpha, numbers, this.alphaAugmentation);
  }
}

/** Every image of a half once, without augmentation. */
function* cleanBatches(set: ImageSet, batch: number): Generator<Batch> {
  for (let first = 0; first < set.count; first += batch) {
    const size = Math.min(batch, set.count - first);
    const numbers = Uint32Array.from({ length: size }, (_, i) => first + i);
    yield makeBatch(set, numbers, null);
  }
}

function makeBatch(set: ImageSet, numbers: Uint32Array, augmentation: RandomStream | null): Batch {
  const images = new Float32Array(numbers.length * set.resolution * set.resolution * 3);
  const labels = new Int32Array(numbers.length);
  fillBatch(set, numbers, images, labels, augmentation);
  return { images, labels };
}

function requireFinite(values: ArrayLike<number>, what: string): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new NumericError(
        `Training gave ${values[i]} for ${what}. A smaller learning rate or a larger batch helps.`,
      );
    }
  }
}
