import { CHANNELS, imageBytes, type ImageSet } from './images';
import { paddingOf, unpackDraw } from './draw';
import type { RandomStream } from './random';

/** Channel means of CIFAR-10 on the scale 0..255, as NAS-Bench-201 rounds them. */
export const CIFAR10_MEAN = [125.3, 123.0, 113.9] as const;
/** Channel standard deviations on the same scale. */
export const CIFAR10_STD = [63.0, 62.1, 66.7] as const;

/** [3, 256]: the normalised value of each byte in each channel. */
const NORMALISED = Float32Array.from(
  { length: CHANNELS * 256 },
  (_, i) => ((i % 256) - CIFAR10_MEAN[i >> 8]!) / CIFAR10_STD[i >> 8]!,
);

/** A batch on the host: normalised images `[batch, size, size, 3]` and their labels. */
export interface HostBatch {
  readonly images: Float32Array;
  readonly labels: Int32Array;
}

/**
 * One batch as the network sees it: each drawn image flipped, cropped from its zero-padded self and
 * normalised. The padding is black, so it becomes (0 - mean) / std and not 0.
 *
 * @param draws [B], see `draw.ts`.
 * @param out [B, H, W, 3], all of it written.
 * @param labels [B].
 * @throws RangeError when a buffer has another size or an image does not exist.
 */
export function fillDraws(
  set: ImageSet,
  draws: Int32Array,
  out: Float32Array,
  labels: Int32Array,
): void {
  const size = imageBytes(set.resolution);
  if (out.length !== draws.length * size || labels.length !== draws.length) {
    throw new RangeError(
      `A batch of ${draws.length} images needs ${draws.length * size} values and ` +
        `${draws.length} labels, not ${out.length} and ${labels.length}.`,
    );
  }
  const padding = paddingOf(set.resolution);
  for (let i = 0; i < draws.length; i++) {
    const { number, row, column, flip } = unpackDraw(draws[i]!);
    // A byte array reads undefined beyond its end, which would train on NaN.
    if (number >= set.count)
      throw new RangeError(`There is no image ${number} among ${set.count}.`);
    labels[i] = set.labels[number]!;
    writeImage(set, number, out, i * size, flip, row - padding, column - padding);
  }
}

/** The image, flipped, moved by whole pixels so that (down, right) becomes the corner, normalised. */
function writeImage(
  set: ImageSet,
  number: number,
  out: Float32Array,
  start: number,
  flip: boolean,
  down: number,
  right: number,
): void {
  const { resolution, pixels } = set;
  const image = number * imageBytes(resolution);
  let at = start;
  for (let y = 0; y < resolution; y++) {
    const sourceY = y + down;
    const rowInside = sourceY >= 0 && sourceY < resolution;
    for (let x = 0; x < resolution; x++) {
      const sourceX = x + right;
      if (rowInside && sourceX >= 0 && sourceX < resolution) {
        const column = flip ? resolution - 1 - sourceX : sourceX;
        const from = image + (sourceY * resolution + column) * CHANNELS;
        out[at] = NORMALISED[pixels[from]!]!;
        out[at + 1] = NORMALISED[256 + pixels[from + 1]!]!;
        out[at + 2] = NORMALISED[512 + pixels[from + 2]!]!;
      } else {
        out[at] = NORMALISED[0]!;
        out[at + 1] = NORMALISED[256]!;
        out[at + 2] = NORMALISED[512]!;
      }
      at += CHANNELS;
    }
  }
}

/** A pass over a half: every image once, in random order. */
export function epochOrder(rng: RandomStream, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  rng.shuffle(order);
  return order;
}

/** n image numbers of a half of `count`, each drawn from all: how NAS-Bench-201 picks alpha's images. */
export function drawWithReplacement(rng: RandomStream, count: number, n: number): Uint32Array {
  return Uint32Array.from({ length: n }, () => rng.int(count));
}
