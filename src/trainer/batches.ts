import { drawWithReplacement, epochOrder } from '../data/augment';
import { drawsOf } from '../data/draw';
import type { ImageSet } from '../data/images';
import { RandomStream } from '../data/random';
import type { SearchData } from '../data/search-data';
import type { SearchRecipe } from '../paper/space/space';

/** The draws of one epoch: for each image of each batch which it is and how it is transformed. */
export interface EpochDraws {
  readonly train: Int32Array;
  /** Null while alpha is frozen. */
  readonly alpha: Int32Array | null;
}

/** A shuffled pass over all images of a set, with the training augmentation. */
export function shuffledDraws(set: ImageSet, seed: number, epoch: number): Int32Array {
  const stream = (purpose: string) => RandomStream.named(seed, `${purpose}/${epoch}`);
  return drawsOf(epochOrder(stream('order'), set.count), set.resolution, stream('augment'));
}

/**
 * A shuffled pass over the weights' half, and as many images of alpha's half, as the space's own code
 * takes them, both with the training augmentation. Each purpose has a stream of its own, named after
 * the epoch, so that an epoch can be repeated without those before it.
 */
export function epochDraws(
  data: SearchData,
  seed: number,
  epoch: number,
  frozen: boolean,
  alphaBatches: SearchRecipe['alphaBatches'],
): EpochDraws {
  const { weights, alpha } = data;
  const stream = (purpose: string) => RandomStream.named(seed, `${purpose}/${epoch}`);
  const train = shuffledDraws(weights, seed, epoch);
  if (frozen) return { train, alpha: null };
  const numbers =
    alphaBatches === 'pass'
      ? epochOrder(stream('alpha-draws'), alpha.count).subarray(0, weights.count)
      : drawWithReplacement(stream('alpha-draws'), alpha.count, weights.count);
  return { train, alpha: drawsOf(numbers, alpha.resolution, stream('alpha-augment')) };
}
