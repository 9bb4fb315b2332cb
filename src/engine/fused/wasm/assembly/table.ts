import { poolSpace } from './pool';

// What a mixture works on comes as a table of 32-bit words, first a row for each edge, then a row for
// each of its at most two convolutions. All are addresses but `column`.

/**
 * Row of an edge: the tensor read (0: none), the tensor written, the row of p or dp (0: none), and the
 * row of p where what has a weight of 0 is left out (0: nothing is).
 */
export const EDGE: usize = 16;
/** Row of a convolution: z, moments, bytes from the start of p's row to its column, gradient of z. */
export const CONV: usize = 16;

/** Rows of a strip, such that it stays in the first cache. */
export function stripRows(columns: i32): i32 {
  return max(8, 2048 / columns);
}

// @ts-ignore: decorator
@inline
export function word(table: usize, i: i32): usize {
  return load<u32>(table + <usize>i * 4);
}

/** Entry of p's row; 0 for an operation that the space lacks. */
// @ts-ignore: decorator
@inline
export function weight(row: usize, column: i32): f32 {
  return column < 0 ? 0 : load<f32>(row + <usize>column * 4);
}

/** An operation of an edge by its weights: a bit for each. */
export const SKIP: i32 = 1;
export const POOL: i32 = 2;
export const CONV0: i32 = 4;
export const CONV1: i32 = 8;

/** Which operations have a weight in p's row that is not 0. @param conv0,conv1 their rows, or 0 */
export function drawnOf(row: usize, skip: i32, pool: i32, conv0: usize, conv1: usize): i32 {
  let drawn = 0;
  if (weight(row, skip) != 0) drawn |= SKIP;
  if (weight(row, pool) != 0) drawn |= POOL;
  if (conv0 && load<f32>(row + word(conv0, 2)) != 0) drawn |= CONV0;
  if (conv1 && load<f32>(row + word(conv1, 2)) != 0) drawn |= CONV1;
  return drawn;
}

/** Bytes of scratch space that all functions on mixtures need. */
export function mixSpace(
  height: i32,
  width: i32,
  channels: i32,
  edges: i32,
  convs: i32,
): usize {
  const image = <usize>(height * width * channels) * 4;
  const sums = <usize>((1 + convs) * (edges * channels + 4)) * 8 + <usize>edges * 64;
  return image + poolSpace(height, width, channels) + sums;
}
