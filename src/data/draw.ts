import type { RandomStream } from './random';

/*
 * A draw says which image to take and how to transform it, in one 32-bit word, so that the draws of a
 * whole epoch are one array that can lie on the GPU:
 *
 *   bits  0..19  number of the image
 *   bits 20..24  first row of the crop in the padded image; the padding's width means no move
 *   bits 25..29  first column
 *   bit  30      1: flipped horizontally before the crop
 */

/** Zeros around an image before its random crop: 4 at 32x32, as many in proportion below. */
export function paddingOf(resolution: number): number {
  return resolution / 8;
}

const NUMBER_BITS = 20;
const PLACE_BITS = 5;

/** Images of a set, at most. */
const MOST_IMAGES = 1 << NUMBER_BITS;

export interface Draw {
  readonly number: number;
  readonly row: number;
  readonly column: number;
  readonly flip: boolean;
}

export function packDraw({ number, row, column, flip }: Draw): number {
  return (
    number |
    (row << NUMBER_BITS) |
    (column << (NUMBER_BITS + PLACE_BITS)) |
    (Number(flip) << (NUMBER_BITS + 2 * PLACE_BITS))
  );
}

export function unpackDraw(word: number): Draw {
  const place = (1 << PLACE_BITS) - 1;
  return {
    number: word & (MOST_IMAGES - 1),
    row: (word >> NUMBER_BITS) & place,
    column: (word >> (NUMBER_BITS + PLACE_BITS)) & place,
    flip: ((word >> (NUMBER_BITS + 2 * PLACE_BITS)) & 1) === 1,
  };
}

/**
 * Draws for the images with these numbers. With a stream, NAS-Bench-201's training transform:
 * horizontal flip with probability 1/2, then a random crop of the zero-padded image. Three draws per
 * image, in this order: flip, row, column. Without a stream, the images as they are.
 *
 * @throws RangeError when a number does not fit into a draw.
 */
export function drawsOf(
  numbers: ArrayLike<number>,
  resolution: number,
  rng: RandomStream | null,
): Int32Array {
  const padding = paddingOf(resolution);
  const places = 2 * padding + 1;
  return Int32Array.from(numbers, (number) => {
    if (!(number >= 0 && number < MOST_IMAGES)) {
      throw new RangeError(`There is no image ${number}: a set has at most ${MOST_IMAGES}.`);
    }
    if (!rng) return packDraw({ number, row: padding, column: padding, flip: false });
    const flip = rng.int(2) === 1;
    const row = rng.int(places);
    const column = rng.int(places);
    return packDraw({ number, row, column, flip });
  });
}
