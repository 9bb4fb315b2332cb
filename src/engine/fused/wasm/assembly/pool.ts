import { clear, get, put } from './lanes';

/** to = (a + b + c) * scale, floats one by one; `bytes` is a multiple of 4. */
function sum3(a: usize, b: usize, c: usize, to: usize, bytes: usize, scale: f32): void {
  const end = to + bytes;
  const wide = to + (bytes & ~15);
  const factor = f32x4.splat(scale);
  for (; to < wide; to += 16, a += 16, b += 16, c += 16) {
    const sum = f32x4.add(f32x4.add(v128.load(a), v128.load(b)), v128.load(c));
    v128.store(to, f32x4.mul(sum, factor));
  }
  for (; to < end; to += 4, a += 4, b += 4, c += 4) {
    store<f32>(to, (load<f32>(a) + load<f32>(b) + load<f32>(c)) * scale);
  }
}

/** Each pixel plus its left and right neighbours. @param zeros a pixel of zeros */
function sumAlongRows(
  x: usize,
  to: usize,
  zeros: usize,
  height: i32,
  width: i32,
  pixel: usize,
): void {
  const last = <usize>(width - 1) * pixel;
  for (let y = 0; y < height; y++) {
    if (width == 1) {
      sum3(x, zeros, zeros, to, pixel, 1);
    } else {
      sum3(zeros, x, x + pixel, to, pixel, 1);
      sum3(x, x + pixel, x + 2 * pixel, to + pixel, last - pixel, 1);
      sum3(x + last - pixel, x + last, zeros, to + last, pixel, 1);
    }
    x += last + pixel;
    to += last + pixel;
  }
}

/** Pixels that a window of three covers at place i of n. */
// @ts-ignore: decorator
@inline
function covered(i: i32, n: i32): i32 {
  return min(i + 1, n - 1) - max(i - 1, 0) + 1;
}

/** Bytes of scratch space that the average pool of an image needs. */
export function poolSpace(height: i32, width: i32, channels: i32): usize {
  return <usize>((height + 1) * width * channels) * 4;
}

/** 3x3 average pool of an image, stride 1, padding left out of the divisor. */
export function poolImage(
  x: usize,
  to: usize,
  space: usize,
  height: i32,
  width: i32,
  pixel: usize,
): void {
  const row = <usize>width * pixel;
  const sums = space + row;
  clear(space, row);
  sumAlongRows(x, sums, space, height, width, pixel);
  for (let y = 0; y < height; y++) {
    const middle = sums + <usize>y * row;
    const above = y > 0 ? middle - row : space;
    const below = y < height - 1 ? middle + row : space;
    const o = to + <usize>y * row;
    const high = covered(y, height);
    const edge = <f32>(1 / <f64>(high * covered(0, width)));
    sum3(above, middle, below, o, pixel, edge);
    if (width > 1) {
      const inner = row - 2 * pixel;
      const scale = <f32>(1 / <f64>(high * 3));
      sum3(above + pixel, middle + pixel, below + pixel, o + pixel, inner, scale);
      const last = row - pixel;
      sum3(above + last, middle + last, below + last, o + last, pixel, edge);
    }
  }
}

/** floats *= scale */
function multiply(x: usize, bytes: usize, scale: f32): void {
  const end = x + bytes;
  const wide = x + (bytes & ~15);
  const factor = f32x4.splat(scale);
  for (; x < wide; x += 16) v128.store(x, f32x4.mul(v128.load(x), factor));
  for (; x < end; x += 4) store<f32>(x, load<f32>(x) * scale);
}

/**
 * Adds the transpose of {@link poolImage} to an image.
 *
 * @param dy overwritten
 */
export function addPoolInput(
  dy: usize,
  to: usize,
  space: usize,
  height: i32,
  width: i32,
  pixel: usize,
): void {
  const row = <usize>width * pixel;
  const sums = space + row;
  for (let y = 0; y < height; y++) {
    const line = dy + <usize>y * row;
    const high = covered(y, height);
    const edge = <f32>(1 / <f64>(high * covered(0, width)));
    multiply(line, pixel, edge);
    if (width > 1) {
      multiply(line + pixel, row - 2 * pixel, <f32>(1 / <f64>(high * 3)));
      multiply(line + row - pixel, pixel, edge);
    }
  }
  clear(space, row);
  sumAlongRows(dy, sums, space, height, width, pixel);
  for (let y = 0; y < height; y++) {
    const middle = sums + <usize>y * row;
    const above = y > 0 ? middle - row : space;
    const below = y < height - 1 ? middle + row : space;
    addSum3(above, middle, below, to + <usize>y * row, row);
  }
}

/** to += a + b + c */
function addSum3(a: usize, b: usize, c: usize, to: usize, bytes: usize): void {
  const end = to + bytes;
  const wide = to + (bytes & ~15);
  for (; to < wide; to += 16, a += 16, b += 16, c += 16) {
    const sum = f32x4.add(f32x4.add(v128.load(a), v128.load(b)), v128.load(c));
    v128.store(to, f32x4.add(v128.load(to), sum));
  }
  for (; to < end; to += 4, a += 4, b += 4, c += 4) {
    store<f32>(to, load<f32>(to) + (load<f32>(a) + load<f32>(b) + load<f32>(c)));
  }
}

/** 2x2 average pool with stride 2. @param height,width of x */
export function pool2(
  x: usize,
  to: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
): void {
  const pixel = <usize>channels * 4;
  const row = <usize>width * pixel;
  const quarter = f32x4.splat(0.25);
  for (let y = 0; y < batch * height; y += 2) {
    for (let i = 0; i < width; i += 2) {
      for (let channel = 0; channel < channels; channel += 4) {
        const n = min(4, channels - channel);
        const p = x + <usize>channel * 4;
        const upper = f32x4.add(get(p, n), get(p + pixel, n));
        const lower = f32x4.add(get(p + row, n), get(p + row + pixel, n));
        put(to + <usize>channel * 4, f32x4.mul(f32x4.add(upper, lower), quarter), n);
      }
      x += 2 * pixel;
      to += pixel;
    }
    x += row;
  }
}

/** Gradient of {@link pool2}, plus `add`. @param to `[batch, height, width, channels]`; may be add */
export function pool2Input(
  dy: usize,
  add: usize,
  to: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
): void {
  const pixel = <usize>channels * 4;
  const row = <usize>width * pixel;
  const quarter = f32x4.splat(0.25);
  for (let y = 0; y < batch * height; y++) {
    const line = dy + <usize>(y >> 1) * (row >> 1);
    for (let x = 0; x < width; x++) {
      const from = line + <usize>(x >> 1) * pixel;
      for (let channel = 0; channel < channels; channel += 4) {
        const n = min(4, channels - channel);
        const at = <usize>channel * 4;
        let value = f32x4.mul(get(from + at, n), quarter);
        if (add) value = f32x4.add(value, get(add + at, n));
        put(to + at, value, n);
      }
      to += pixel;
      if (add) add += pixel;
    }
  }
}
