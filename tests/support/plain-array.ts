/* Small arithmetic on float64 arrays, for the plain kernels. */

/** Numbers in row-major order. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

export function zeros(shape: readonly number[]): NdArray {
  return { shape, values: new Float64Array(shape.reduce((a, b) => a * b, 1)) };
}

export function plus(a: NdArray, b: NdArray): NdArray {
  return map(a, (value, i) => value + b.values[i]!);
}

export function map(x: NdArray, f: (value: number, i: number) => number): NdArray {
  return { shape: x.shape, values: x.values.map(f) };
}

export const relu = (x: NdArray): NdArray => map(x, (value) => Math.max(value, 0));

export const sum = (values: Iterable<number>): number => {
  let total = 0;
  for (const value of values) total += value;
  return total;
};

export type Shape4 = readonly [number, number, number, number];

/** Place of an element of an image batch. */
export const at = (
  [, height, width, channels]: Shape4,
  b: number,
  y: number,
  x: number,
  c: number,
) => ((b * height + y) * width + x) * channels + c;

export const channelsOf = ({ shape }: NdArray): number => shape[shape.length - 1]!;

/** Sums over the rows of a table with this many channels. */
export function columnSums(x: NdArray): Float64Array {
  const channels = channelsOf(x);
  const sums = new Float64Array(channels);
  x.values.forEach((value, i) => (sums[i % channels]! += value));
  return sums;
}

export const product = (a: NdArray, b: NdArray): NdArray =>
  map(a, (value, i) => value * b.values[i]!);

/** Sum of the products, element by element. */
export const dot = (a: NdArray, b: NdArray): number => sum(product(a, b).values);
