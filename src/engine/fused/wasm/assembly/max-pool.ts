import { clear, gather, get, put } from './lanes';

/*
 * Max pools with one pixel of padding, along the rows first and then along the columns. A window has
 * two or three pixels along a side; where it hangs over the border, a pixel inside stands in for the
 * one outside, which changes no maximum. Of equal pixels the first, row by row, is the largest one,
 * in both passes and hence in the whole.
 */

// @ts-ignore: decorator
@inline
function within(place: i32, side: i32): i32 {
  return min(max(place, 0), side - 1);
}

/** Pixels of the result along a side. */
// @ts-ignore: decorator
@inline
function pooled(side: i32, size: i32, stride: i32): i32 {
  return (side + 2 - size) / stride + 1;
}

// @ts-ignore: decorator
@inline
function mostOf(a: usize, b: usize, c: usize, n: i32): v128 {
  return f32x4.pmax(f32x4.pmax(get(a, n), get(b, n)), get(c, n));
}

/** to = max(a, b, c) * scale, over `bytes` of floats. */
function most3(a: usize, b: usize, c: usize, to: usize, bytes: usize, scale: f32): void {
  const factor = f32x4.splat(scale);
  const whole = bytes & ~15;
  for (let at: usize = 0; at < whole; at += 16) {
    v128.store(to + at, f32x4.mul(mostOf(a + at, b + at, c + at, 4), factor));
  }
  const n = <i32>(bytes - whole) / 4;
  if (n > 0) put(to + whole, f32x4.mul(mostOf(a + whole, b + whole, c + whole, n), factor), n);
}

/** Each row's windows: `[height, width]` pixels to `[height, wide]`. */
function mostAlongRows(
  x: usize,
  to: usize,
  height: i32,
  width: i32,
  wide: i32,
  pixel: usize,
  size: i32,
  stride: i32,
): void {
  for (let y = 0; y < height; y++) {
    for (let at = 0; at < wide; at++) {
      // Inside a row with stride 1 neighbouring windows are one stretch.
      const inner = stride == 1 && at > 0 && at < wide - 1;
      const pixels = inner ? wide - 2 : 1;
      const first = at * stride - 1;
      const a = x + <usize>within(first, width) * pixel;
      const b = x + <usize>within(first + 1, width) * pixel;
      const c = x + <usize>within(first + size - 1, width) * pixel;
      most3(a, b, c, to + <usize>at * pixel, <usize>pixels * pixel, 1);
      at += pixels - 1;
    }
    x += <usize>width * pixel;
    to += <usize>wide * pixel;
  }
}

/** Bytes of scratch space for the pools of an image and their gradients. */
export function maxPoolSpace(height: i32, width: i32, channels: i32, size: i32, stride: i32): usize {
  const rows = <usize>(height * pooled(width, size, stride) * channels) * 4;
  return 32 + 2 * rows;
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
  space: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  size: i32,
  stride: i32,
): void {
  const share = load<f32>(weight);
  const pixel = <usize>channels * 4;
  const high = pooled(height, size, stride);
  const wide = pooled(width, size, stride);
  const row = <usize>wide * pixel;
  for (let image = 0; image < batch; image++) {
    mostAlongRows(x, space, height, width, wide, pixel, size, stride);
    for (let y = 0; y < high; y++) {
      const first = y * stride - 1;
      const a = space + <usize>within(first, height) * row;
      const b = space + <usize>within(first + 1, height) * row;
      const c = space + <usize>within(first + size - 1, height) * row;
      most3(a, b, c, to, row, share);
      to += row;
    }
    x += <usize>(height * width) * pixel;
  }
}

// @ts-ignore: decorator
@inline
function add(to: usize, value: v128, n: i32): void {
  put(to, f32x4.add(get(to, n), value), n);
}

// @ts-ignore: decorator
@inline
function spreadVector(
  a: usize,
  b: usize,
  c: usize,
  g: usize,
  da: usize,
  db: usize,
  dc: usize,
  factor: v128,
  n: i32,
): v128 {
  const first = get(a, n);
  const second = get(b, n);
  const third = get(c, n);
  const value = get(g, n);
  const later = f32x4.pmax(second, third);
  const isFirst = f32x4.ge(first, later);
  const isSecond = v128.andnot(f32x4.ge(second, third), isFirst);
  const weighted = f32x4.mul(value, factor);
  add(da, v128.and(weighted, isFirst), n);
  add(db, v128.and(weighted, isSecond), n);
  add(dc, v128.andnot(weighted, v128.or(isFirst, isSecond)), n);
  return f32x4.mul(value, f32x4.pmax(first, later));
}

/**
 * Adds g * scale to the gradient of the largest of a, b and c. The three may be one another, and so
 * may their gradients.
 *
 * @returns the sum of g times the largest, in four parts
 */
function spread3(
  a: usize,
  b: usize,
  c: usize,
  g: usize,
  da: usize,
  db: usize,
  dc: usize,
  bytes: usize,
  scale: f32,
): v128 {
  const factor = f32x4.splat(scale);
  const end = a + (bytes & ~15);
  let slope = f32x4.splat(0);
  for (; a < end; a += 16, b += 16, c += 16, g += 16, da += 16, db += 16, dc += 16) {
    slope = f32x4.add(slope, spreadVector(a, b, c, g, da, db, dc, factor, 4));
  }
  const n = <i32>(bytes & 15) / 4;
  if (n > 0) slope = f32x4.add(slope, spreadVector(a, b, c, g, da, db, dc, factor, n));
  return slope;
}

/** Adds the gradient of {@link mostAlongRows} to dx. */
function spreadAlongRows(
  x: usize,
  g: usize,
  dx: usize,
  height: i32,
  width: i32,
  wide: i32,
  pixel: usize,
  size: i32,
  stride: i32,
): void {
  for (let y = 0; y < height; y++) {
    for (let at = 0; at < wide; at++) {
      const inner = stride == 1 && at > 0 && at < wide - 1;
      const pixels = inner ? wide - 2 : 1;
      const first = at * stride - 1;
      const a = <usize>within(first, width) * pixel;
      const b = <usize>within(first + 1, width) * pixel;
      const c = <usize>within(first + size - 1, width) * pixel;
      const from = g + <usize>at * pixel;
      spread3(
        x + a, x + b, x + c, from, dx + a, dx + b, dx + c, <usize>pixels * pixel, 1,
      );
      at += pixels - 1;
    }
    x += <usize>width * pixel;
    dx += <usize>width * pixel;
    g += <usize>wide * pixel;
  }
}

/**
 * Adds the gradient of {@link maxPool} with respect to x to `to`.
 *
 * @param g of the result's shape
 * @param dWeight `[1]`, added to; or 0
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
  const share = load<f32>(weight);
  const pixel = <usize>channels * 4;
  const image = <usize>(height * width) * pixel;
  const high = pooled(height, size, stride);
  const wide = pooled(width, size, stride);
  const row = <usize>wide * pixel;
  const rows = space + 32;
  const gradient = rows + <usize>height * row;
  clear(space, 32);
  for (let i = 0; i < batch; i++) {
    mostAlongRows(x, rows, height, width, wide, pixel, size, stride);
    clear(gradient, <usize>height * row);
    for (let y = 0; y < high; y++) {
      const first = y * stride - 1;
      const a = <usize>within(first, height) * row;
      const b = <usize>within(first + 1, height) * row;
      const c = <usize>within(first + size - 1, height) * row;
      const slope = spread3(
        rows + a, rows + b, rows + c, g, gradient + a, gradient + b, gradient + c, row, share,
      );
      gather(space, slope);
      g += row;
    }
    spreadAlongRows(x, gradient, to, height, width, wide, pixel, size, stride);
    x += image;
    to += image;
  }
  if (dWeight) {
    const low = load<f64>(space) + load<f64>(space + 8);
    const slope = low + (load<f64>(space + 16) + load<f64>(space + 24));
    store<f32>(dWeight, load<f32>(dWeight) + <f32>slope);
  }
}
