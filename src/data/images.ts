import { concat, sha256 } from './bytes';

/** Colour channels: red, green, blue. */
export const CHANNELS = 3;
/** Classes of CIFAR-10, labels 0..9. */
export const CLASSES = 10;
/** Height and width of CIFAR-10's own images. */
export const FULL_RESOLUTION = 32;

export type Resolution = 8 | 16 | 32;

/** Labelled square images. */
export interface ImageSet {
  /** Height and width in pixels. */
  readonly resolution: Resolution;
  readonly count: number;
  /** [count, resolution, resolution, 3] row by row, red green blue, 0..255. */
  readonly pixels: Uint8Array;
  /** [count], 0..9. */
  readonly labels: Uint8Array;
}

/** Bytes of the pixels of one image. */
export function imageBytes(resolution: number): number {
  return resolution * resolution * CHANNELS;
}

/** The images with these numbers, in this order, copied. */
export function pick(set: ImageSet, numbers: ArrayLike<number>): ImageSet {
  const size = imageBytes(set.resolution);
  const pixels = new Uint8Array(numbers.length * size);
  const labels = new Uint8Array(numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!;
    if (!Number.isInteger(number) || number < 0 || number >= set.count) {
      throw new RangeError(`There is no image ${number} among ${set.count}.`);
    }
    pixels.set(set.pixels.subarray(number * size, (number + 1) * size), i * size);
    labels[i] = set.labels[number]!;
  }
  return { resolution: set.resolution, count: numbers.length, pixels, labels };
}

/**
 * Exact block means: each pixel is the mean of a 2x2 (to 16) or 4x4 (to 8) block of the 32x32 image,
 * per channel, rounded to a whole number, halves up. At 32 the set itself.
 *
 * @throws RangeError when the images are not 32x32: a mean of rounded means would differ.
 */
export function downscale(set: ImageSet, resolution: Resolution): ImageSet {
  if (set.resolution === resolution) return set;
  if (set.resolution !== FULL_RESOLUTION) {
    throw new RangeError(
      `${resolution}x${resolution} images are made from 32x32, not from ${set.resolution}x${set.resolution}.`,
    );
  }
  const block = FULL_RESOLUTION / resolution;
  const area = block * block;
  const inRow = FULL_RESOLUTION * CHANNELS;
  const pixels = new Uint8Array(set.count * imageBytes(resolution));
  let at = 0;
  for (let image = 0; image < set.count; image++) {
    for (let y = 0; y < resolution; y++) {
      for (let x = 0; x < resolution; x++) {
        const corner =
          image * imageBytes(FULL_RESOLUTION) + y * block * inRow + x * block * CHANNELS;
        for (let channel = 0; channel < CHANNELS; channel++) {
          let sum = 0;
          for (let dy = 0; dy < block; dy++) {
            const row = corner + dy * inRow + channel;
            for (let dx = 0; dx < block; dx++) sum += set.pixels[row + dx * CHANNELS]!;
          }
          pixels[at++] = (sum + area / 2) / area;
        }
      }
    }
  }
  return { resolution, count: set.count, pixels, labels: set.labels };
}

/**
 * What identifies the data of a search: SHA-256, as hexadecimal digits, of the weights half's labels,
 * its pixels, the alpha half's labels and its pixels, one after the other.
 */
export function digestOf(weights: ImageSet, alpha: ImageSet): Promise<string> {
  return sha256(concat([weights.labels, weights.pixels, alpha.labels, alpha.pixels]));
}

/** The images of two sets of one resolution, one set behind the other, copied. */
export function joined(first: ImageSet, second: ImageSet): ImageSet {
  const { resolution } = first;
  if (second.resolution !== resolution) {
    throw new RangeError(`Images of ${resolution} and ${second.resolution} pixels make no set.`);
  }
  return {
    resolution,
    count: first.count + second.count,
    pixels: concat([first.pixels, second.pixels]),
    labels: concat([first.labels, second.labels]),
  };
}
