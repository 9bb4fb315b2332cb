import { blockRows, clear, get, whole } from './lanes';
import { ALL, isLive } from './live';

/** PyTorch's default. */
const EPSILON: f64 = 1e-5;

/** Bytes of scratch space that {@link moments} and `normSums` need. */
export function normSpace(channels: i32): usize {
  return <usize>whole(channels) * 16;
}

/** Joins the mean and the sum of squared distances of `count` more values to those so far. */
// @ts-ignore: decorator
@inline
function join(mean: usize, squares: usize, sum: v128, more: v128, before: f64, count: f64): void {
  const total = before + count;
  const found = f64x2.mul(f64x2.promote_low_f32x4(sum), f64x2.splat(1 / count));
  const distance = f64x2.sub(found, v128.load(mean));
  const square = f64x2.mul(f64x2.mul(distance, distance), f64x2.splat((before * count) / total));
  v128.store(mean, f64x2.add(v128.load(mean), f64x2.mul(distance, f64x2.splat(count / total))));
  const sums = f64x2.add(f64x2.promote_low_f32x4(more), square);
  v128.store(squares, f64x2.add(v128.load(squares), sums));
}

/** One block of rows of up to four channels. */
// @ts-ignore: decorator
@inline
function blockMoments(
  z: usize,
  rows: i32,
  stride: usize,
  mean: usize,
  squares: usize,
  before: i32,
  n: i32,
): void {
  const end = z + <usize>rows * stride;
  const pairs = z + <usize>(rows & ~1) * stride;
  let sum = f32x4.splat(0);
  let other = f32x4.splat(0);
  let p = z;
  for (; p < pairs; p += 2 * stride) {
    sum = f32x4.add(sum, get(p, n));
    other = f32x4.add(other, get(p + stride, n));
  }
  if (p < end) sum = f32x4.add(sum, get(p, n));
  sum = f32x4.add(sum, other);
  const centre = f32x4.mul(sum, f32x4.splat(<f32>(1 / <f64>rows)));
  let more = f32x4.splat(0);
  other = f32x4.splat(0);
  for (p = z; p < pairs; p += 2 * stride) {
    const a = f32x4.sub(get(p, n), centre);
    const b = f32x4.sub(get(p + stride, n), centre);
    more = f32x4.add(more, f32x4.mul(a, a));
    other = f32x4.add(other, f32x4.mul(b, b));
  }
  if (p < end) {
    const a = f32x4.sub(get(p, n), centre);
    more = f32x4.add(more, f32x4.mul(a, a));
  }
  more = f32x4.add(more, other);
  join(mean, squares, sum, more, before, rows);
  const highSum = v128.shuffle<f32>(sum, sum, 2, 3, 2, 3);
  const highMore = v128.shuffle<f32>(more, more, 2, 3, 2, 3);
  join(mean + 16, squares + 16, highSum, highMore, before, rows);
}

/**
 * Takes more rows into the moments so far: `[2, channels]` doubles, up to whole vectors, of means and
 * of sums of squared distances from them. Each block of rows is centred on its own mean while it lies
 * in the cache.
 *
 * @param z `[rows, channels]`
 * @param before rows so far
 * @param live,each see `live.ts`
 */
export function addMoments(
  z: usize,
  sums: usize,
  before: i32,
  rows: i32,
  channels: i32,
  live: i32,
  each: i32,
): void {
  const stride = <usize>channels * 4;
  const squares = sums + <usize>whole(channels) * 8;
  const block = blockRows(channels);
  for (let row = 0; row < rows; row += block) {
    const count = min(block, rows - row);
    const from = z + <usize>row * stride;
    let c: usize = 0;
    for (; c + 16 <= stride; c += 16) {
      if (!isLive(live, each, <i32>(c >> 2), 4)) continue;
      blockMoments(from + c, count, stride, sums + 2 * c, squares + 2 * c, before + row, 4);
    }
    const n = <i32>(stride - c) / 4;
    if (n > 0 && isLive(live, each, <i32>(c >> 2), n)) {
      blockMoments(from + c, count, stride, sums + 2 * c, squares + 2 * c, before + row, n);
    }
  }
}

/** @param to `[2, channels]`: mean and 1 / sqrt(biased variance + epsilon) */
export function finishMoments(sums: usize, to: usize, rows: i32, channels: i32): void {
  const stride = <usize>channels * 4;
  const squares = sums + <usize>whole(channels) * 8;
  for (let c: usize = 0; c < stride; c += 4) {
    const variance = load<f64>(squares + 2 * c) / <f64>rows;
    store<f32>(to + c, <f32>load<f64>(sums + 2 * c));
    store<f32>(to + stride + c, <f32>(1 / sqrt<f64>(variance + EPSILON)));
  }
}

/** Moments of all rows of `[rows, channels]`. */
export function moments(z: usize, to: usize, space: usize, rows: i32, channels: i32): void {
  clear(space, normSpace(channels));
  addMoments(z, space, 0, rows, channels, ALL, channels);
  finishMoments(space, to, rows, channels);
}
