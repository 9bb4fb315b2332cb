import { shuffledRange } from './cpython-random';

/** Images of CIFAR-10's training set. */
const IMAGE_COUNT = 50_000;
/** With it the benchmark's authors shuffled the images before they halved them. */
const SPLIT_SEED = 1021;

/**
 * The benchmark's fixed halves of CIFAR-10's training images: weights train on `train`, alpha on
 * `valid`.
 *
 * @returns 25,000 image numbers each (0..49,999, in the order of the five batch files), ascending.
 */
export function benchmarkSplit(): { train: Uint16Array; valid: Uint16Array } {
  const images = Uint16Array.from(shuffledRange(IMAGE_COUNT, SPLIT_SEED));
  const half = IMAGE_COUNT / 2;
  return { train: images.slice(0, half).sort(), valid: images.slice(half).sort() };
}
