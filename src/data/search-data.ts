import { benchmarkSplit } from '../paper/split';
import type { DataIdentity } from '../trace/types';
import {
  digestOf,
  downscale,
  FULL_RESOLUTION,
  pick,
  type ImageSet,
  type Resolution,
} from './images';

/** Name of the data set in every trace. */
const DATA_NAME = 'CIFAR-10';
/** Images of the training set, in the order of the five batch files. */
export const TRAIN_COUNT = 50_000;
/** Images of each half of the benchmark's split. */
export const HALF_COUNT = TRAIN_COUNT / 2;

/** How much data a search asks for. */
export interface DataSize {
  readonly resolution: Resolution;
  /** Images of each half, 1..25,000: the first ones, so that a smaller size is a prefix of a larger. */
  readonly images: number;
}

/** What a search trains on. */
export interface SearchData {
  /** For the weights: the benchmark's `train`. */
  readonly weights: ImageSet;
  /** For alpha: the benchmark's `valid`. */
  readonly alpha: ImageSet;
  readonly identity: DataIdentity;
}

/** @throws RangeError when the size is not one that CIFAR-10 can serve. */
export function checkSize({ resolution, images }: DataSize): void {
  if (![8, 16, 32].includes(resolution)) {
    throw new RangeError(`The resolution must be 8, 16 or 32, not ${String(resolution)}.`);
  }
  if (!Number.isInteger(images) || images < 1 || images > HALF_COUNT) {
    throw new RangeError(
      `The images of each half must be a whole number in 1..25,000, not ${images}.`,
    );
  }
}

/**
 * Images first..first+count-1 of each half of the benchmark's split.
 *
 * @param train all 50,000 training images, 32x32, in the order of the batch files.
 */
export function splitHalves(
  train: ImageSet,
  resolution: Resolution,
  first: number,
  count: number,
): { weights: ImageSet; alpha: ImageSet } {
  if (train.count !== TRAIN_COUNT || train.resolution !== FULL_RESOLUTION) {
    throw new RangeError(
      `The split is over 50,000 images of 32x32, not ${train.count} of ${train.resolution}x${train.resolution}.`,
    );
  }
  const split = benchmarkSplit();
  const half = (numbers: Uint16Array) =>
    downscale(pick(train, numbers.subarray(first, first + count)), resolution);
  return { weights: half(split.train), alpha: half(split.valid) };
}

/** Both halves with what identifies them. */
export async function identified(weights: ImageSet, alpha: ImageSet): Promise<SearchData> {
  const identity: DataIdentity = {
    name: DATA_NAME,
    digest: await digestOf(weights, alpha),
    split: `NAS-Bench-201 25k/25k, first ${weights.count} of each half`,
    resolution: weights.resolution,
    images: weights.count,
  };
  return { weights, alpha, identity };
}
