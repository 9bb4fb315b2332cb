import { drawWithReplacement, epochOrder } from '../data/augment';
import { drawsOf } from '../data/draw';
import type { ImageSet } from '../data/images';
import { RandomStream } from '../data/random';
import { oneHot } from '../engine/cell-trial';
import type { CellPolicy } from '../engine/method/policy';
import { METHODS } from '../engine/method/registry';
import { EDGES } from '../paper/cell';
import type { EffectiveConfig, MethodName } from '../paper/config';
import { METHOD_FACTS } from '../paper/method/registry';
import { spaceOf } from '../paper/space/registry';
import type { SearchRecipe } from '../paper/space/space';

/** All that draws need to know of images. */
type DrawnSet = Pick<ImageSet, 'count' | 'resolution'>;

/** The draws of one epoch: for each image of each batch which it is and how it is transformed. */
export interface EpochDraws {
  readonly train: Int32Array;
  /** Null while alpha is frozen. */
  readonly alpha: Int32Array | null;
}

/** A shuffled pass over all images of a set, with the training augmentation. */
export function shuffledDraws(set: DrawnSet, seed: number, epoch: number): Int32Array {
  const stream = (purpose: string) => RandomStream.named(seed, `${purpose}/${epoch}`);
  return drawsOf(epochOrder(stream('order'), set.count), set.resolution, stream('augment'));
}

/**
 * A shuffled pass over the weights' images, and as many of alpha's, as the space's own code takes them,
 * both with the training augmentation. Each purpose has a stream of its own, named after the epoch, so
 * that an epoch can be repeated without those before it.
 */
export function epochDraws(
  data: { readonly weights: DrawnSet; readonly alpha: DrawnSet },
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

/** The images that each level of a method draws from: its half, or all. */
export function drawnSets(
  { weights, alpha }: { readonly weights: DrawnSet; readonly alpha: DrawnSet },
  method: MethodName,
): { readonly weights: DrawnSet; readonly alpha: DrawnSet } {
  if (METHOD_FACTS[method].data === 'halves') return { weights, alpha };
  const { resolution } = weights;
  const all = { resolution, count: weights.count + alpha.count };
  return { weights: all, alpha: all };
}

/**
 * What a random method draws for the steps of an epoch, `[steps, width]`, from a stream named after
 * the epoch like those of {@link epochDraws}. Nothing for a method without a source.
 *
 * @param policy draws the cells of a method that has one
 */
export function epochNoise(
  config: EffectiveConfig,
  seed: number,
  epoch: number,
  policy: CellPolicy | null = null,
): { readonly noise?: Float32Array } {
  const { method, ops, warmup, epochs, stepsPerEpoch } = config;
  const source = METHODS[method].noise;
  if (!source) return {};
  const width = source.width(spaceOf(config).choices * ops.length);
  const stream = RandomStream.named(seed, `${method}/${epoch}`);
  const noise = new Float32Array(stepsPerEpoch * width);
  for (let step = 0; step < stepsPerEpoch; step++) {
    const into = noise.subarray(step * width, (step + 1) * width);
    if (policy) into.set(oneHot(policy.sample(stream), [EDGES.length, ops.length]));
    else source.draw(stream, into, epoch - 1 - warmup, epochs);
  }
  return { noise };
}
