import { gather, get, put } from './lanes';

/*
 * Max pools with one pixel of padding, which never wins. Of equal pixels of a window the first, row
 * by row, is the largest one.
 */

/** Pixels of the result along a side. */
// @ts-ignore: decorator
@inline
function pooled(side: i32, size: i32, stride: i32): i32 {
  return (side + 2 - size) / stride + 1;
}

// @ts-ignore: decorator
@inline
function largest(
  x: usize,
  high: i32,
  wide: i32,
  row: usize,
  pixel: usize,
  n: i32,
): v128 {
  let most = get(x, n);
  for (let i = 0; i < high; i++) {
    for (let j = 0; j < wide; j++) {
      const value = get(x + <usize>i * row + <usize>j * pixel, n);
      most = v128.bitselect(value, most, f32x4.gt(value, most));
    }
  }
  return most;
}

/**
 * weight * max pool of x.
 *
 * @param x `[batch, height, width, channels]`
 * @param weight `[1]`
 */
export function maxPool(
  x: usize,
  weight: usize,
  to: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  size: i32,
  stride: i32,
): void {
  const share = f32x4.splat(load<f32>(weight));
  const pixel = <usize>channels * 4;
  const row = <usize>width * pixel;
  const outHigh = pooled(height, size, stride);
  const outWide = pooled(width, size, stride);
  for (let image = 0; image < batch; image++) {
    for (let y = 0; y < outHigh; y++) {
      const top = max(0, y * stride - 1);
      const high = min(height, y * stride - 1 + size) - top;
      for (let at = 0; at < outWide; at++) {
        const left = max(0, at * stride - 1);
        const wide = min(width, at * stride - 1 + size) - left;
        const from = x + <usize>top * row + <usize>left * pixel;
        for (let c: usize = 0; c < pixel; c += 16) {
          const n = min(4, <i32>(pixel - c) / 4);
          const most =
            n == 4
              ? largest(from + c, high, wide, row, pixel, 4)
              : largest(from + c, high, wide, row, pixel, n);
          put(to + c, f32x4.mul(most, share), n);
        }
        to += pixel;
      }
    }
    x += <usize>height * row;
  }
}

// @ts-ignore: decorator
@inline
function spread(
  x: usize,
  g: v128,
  to: usize,
  high: i32,
  wide: i32,
  row: usize,
  pixel: usize,
  n: i32,
): v128 {
  let most = get(x, n);
  let place = i32x4.splat(0);
  let tap = 0;
  for (let i = 0; i < high; i++) {
    for (let j = 0; j < wide; j++) {
      const value = get(x + <usize>i * row + <usize>j * pixel, n);
      const larger = f32x4.gt(value, most);
      most = v128.bitselect(value, most, larger);
      place = v128.bitselect(i32x4.splat(tap), place, larger);
      tap++;
    }
  }
  tap = 0;
  for (let i = 0; i < high; i++) {
    for (let j = 0; j < wide; j++) {
      const o = to + <usize>i * row + <usize>j * pixel;
      const chosen = v128.and(g, i32x4.eq(place, i32x4.splat(tap)));
      put(o, f32x4.add(get(o, n), chosen), n);
      tap++;
    }
  }
  return most;
}

/**
 * Adds the gradient of {@link maxPool} with respect to x to `to`.
 *
 * @param g of the result's shape
 * @param dWeight `[1]`, added to; or 0
 * @param space four doubles
 */
export function maxPoolInput(
  x: usize,
  weight: usize,
  g: usize,
  dWeight: usize,
  to: usize,
  space: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  size: i32,
  stride: i32,
): void {
  const share = f32x4.splat(load<f32>(weight));
  const pixel = <usize>channels * 4;
  const row = <usize>width * pixel;
  const outHigh = pooled(height, size, stride);
  const outWide = pooled(width, size, stride);
  v128.store(space, f64x2.splat(0));
  v128.store(space, f64x2.splat(0), 16);
  for (let image = 0; image < batch; image++) {
    for (let y = 0; y < outHigh; y++) {
      const top = max(0, y * stride - 1);
      const high = min(height, y * stride - 1 + size) - top;
      let sum = f32x4.splat(0);
      for (let at = 0; at < outWide; at++) {
        const left = max(0, at * stride - 1);
        const wide = min(width, at * stride - 1 + size) - left;
        const place = <usize>top * row + <usize>left * pixel;
        for (let c: usize = 0; c < pixel; c += 16) {
          const n = min(4, <i32>(pixel - c) / 4);
          const value = get(g + c, n);
          const weighted = f32x4.mul(value, share);
          const from = x + place + c;
          const o = to + place + c;
          const most =
            n == 4
              ? spread(from, weighted, o, high, wide, row, pixel, 4)
              : spread(from, weighted, o, high, wide, row, pixel, n);
          sum = f32x4.add(sum, f32x4.mul(value, most));
        }
        g += pixel;
      }
      gather(space, sum);
    }
    x += <usize>height * row;
    to += <usize>height * row;
  }
  if (dWeight) {
    const slope =
      load<f64>(space) + load<f64>(space + 8) + (load<f64>(space + 16) + load<f64>(space + 24));
    store<f32>(dWeight, load<f32>(dWeight) + <f32>slope);
  }
}
