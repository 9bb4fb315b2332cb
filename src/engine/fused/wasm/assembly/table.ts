import { poolSpace } from './pool';

// What a mixture works on comes as a table of 32-bit words, first a row for each edge, then a row for
// each of its at most two convolutions. All are addresses but `column`.

/** Row of an edge: the tensor read (0: none), the tensor written, the row of p or dp (0: none). */
export const EDGE: usize = 12;
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
