import { get, put, where } from './lanes';
import { WIDE } from './pack';

/** What happens to a tile's sums before they are stored. */
export const ADD: i32 = 1;
export const MASK: i32 = 2;

/**
 * Four pixels by eight output channels.
 *
 * The loops are plain on purpose: V8 moves all loads of a loop's body before its arithmetic, and with
 * eight sums, two rows of the filter and four inputs the fifteen registers are used up. Unrolled, the
 * same loop spills and runs a third slower.
 *
 * @param p0,p1,p2,p3 upper left corners of the windows: `rows` stretches of `length` bytes, and
 *   `skip` bytes between them
 * @param filter packed, 32 bytes for each float of the window
 * @param o0,o1,o2,o3 where the sums go
 * @param add,mask distance from there to what is added and to what masks, as `mode` says
 */
function wideTile(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  rows: i32,
  length: usize,
  skip: usize,
  filter: usize,
  o0: usize,
  o1: usize,
  o2: usize,
  o3: usize,
  mode: i32,
  add: usize,
  mask: usize,
): void {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let d0 = f32x4.splat(0);
  let d1 = f32x4.splat(0);
  for (let row = 0; row < rows; row++) {
    const end = p0 + length;
    while (p0 < end) {
      const f0 = v128.load(filter);
      const f1 = v128.load(filter, 16);
      const a = v128.load_splat<f32>(p0);
      const b = v128.load_splat<f32>(p1);
      const c = v128.load_splat<f32>(p2);
      const d = v128.load_splat<f32>(p3);
      a0 = f32x4.add(a0, f32x4.mul(a, f0));
      a1 = f32x4.add(a1, f32x4.mul(a, f1));
      b0 = f32x4.add(b0, f32x4.mul(b, f0));
      b1 = f32x4.add(b1, f32x4.mul(b, f1));
      c0 = f32x4.add(c0, f32x4.mul(c, f0));
      c1 = f32x4.add(c1, f32x4.mul(c, f1));
      d0 = f32x4.add(d0, f32x4.mul(d, f0));
      d1 = f32x4.add(d1, f32x4.mul(d, f1));
      p0 += 4;
      p1 += 4;
      p2 += 4;
      p3 += 4;
      filter += 32;
    }
    p0 += skip;
    p1 += skip;
    p2 += skip;
    p3 += skip;
  }
  if (mode & ADD) {
    a0 = f32x4.add(a0, v128.load(o0 + add));
    a1 = f32x4.add(a1, v128.load(o0 + add, 16));
    b0 = f32x4.add(b0, v128.load(o1 + add));
    b1 = f32x4.add(b1, v128.load(o1 + add, 16));
    c0 = f32x4.add(c0, v128.load(o2 + add));
    c1 = f32x4.add(c1, v128.load(o2 + add, 16));
    d0 = f32x4.add(d0, v128.load(o3 + add));
    d1 = f32x4.add(d1, v128.load(o3 + add, 16));
  }
  if (mode & MASK) {
    a0 = where(v128.load(o0 + mask), a0);
    a1 = where(v128.load(o0 + mask, 16), a1);
    b0 = where(v128.load(o1 + mask), b0);
    b1 = where(v128.load(o1 + mask, 16), b1);
    c0 = where(v128.load(o2 + mask), c0);
    c1 = where(v128.load(o2 + mask, 16), c1);
    d0 = where(v128.load(o3 + mask), d0);
    d1 = where(v128.load(o3 + mask, 16), d1);
  }
  v128.store(o0, a0);
  v128.store(o0, a1, 16);
  v128.store(o1, b0);
  v128.store(o1, b1, 16);
  v128.store(o2, c0);
  v128.store(o2, c1, 16);
  v128.store(o3, d0);
  v128.store(o3, d1, 16);
}

/** Four pixels by up to four output channels; 16 bytes of filter for each float of the window. */
function slimTile(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  rows: i32,
  length: usize,
  skip: usize,
  filter: usize,
  o0: usize,
  o1: usize,
  o2: usize,
  o3: usize,
  mode: i32,
  add: usize,
  mask: usize,
  n: i32,
): void {
  let a0 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let c0 = f32x4.splat(0);
  let d0 = f32x4.splat(0);
  for (let row = 0; row < rows; row++) {
    const end = p0 + length;
    while (p0 < end) {
      const f0 = v128.load(filter);
      a0 = f32x4.add(a0, f32x4.mul(v128.load_splat<f32>(p0), f0));
      b0 = f32x4.add(b0, f32x4.mul(v128.load_splat<f32>(p1), f0));
      c0 = f32x4.add(c0, f32x4.mul(v128.load_splat<f32>(p2), f0));
      d0 = f32x4.add(d0, f32x4.mul(v128.load_splat<f32>(p3), f0));
      p0 += 4;
      p1 += 4;
      p2 += 4;
      p3 += 4;
      filter += 16;
    }
    p0 += skip;
    p1 += skip;
    p2 += skip;
    p3 += skip;
  }
  if (mode & ADD) {
    a0 = f32x4.add(a0, get(o0 + add, n));
    b0 = f32x4.add(b0, get(o1 + add, n));
    c0 = f32x4.add(c0, get(o2 + add, n));
    d0 = f32x4.add(d0, get(o3 + add, n));
  }
  if (mode & MASK) {
    a0 = where(get(o0 + mask, n), a0);
    b0 = where(get(o1 + mask, n), b0);
    c0 = where(get(o2 + mask, n), c0);
    d0 = where(get(o3 + mask, n), d0);
  }
  put(o0, a0, n);
  put(o1, b0, n);
  put(o2, c0, n);
  put(o3, d0, n);
}

/**
 * A group of output channels of one image, tile by tile. Rows and pixels of the source (where the
 * windows start) and of the destination are so many bytes apart. The last tile may count its last
 * pixel more than once.
 */
export function sweep(
  source: usize,
  sourceRow: usize,
  sourcePixel: usize,
  rows: i32,
  length: usize,
  windowRow: usize,
  filter: usize,
  to: usize,
  toRow: usize,
  toPixel: usize,
  height: i32,
  width: i32,
  mode: i32,
  add: usize,
  mask: usize,
  n: i32,
): void {
  const pixels = height * width;
  const skip = windowRow - length;
  for (let pixel = 0; pixel < pixels; pixel += 4) {
    let y = pixel / width;
    let x = pixel - y * width;
    const p0 = source + <usize>y * sourceRow + <usize>x * sourcePixel;
    const o0 = to + <usize>y * toRow + <usize>x * toPixel;
    let p1 = p0 + sourcePixel;
    let o1 = o0 + toPixel;
    let p2 = p1 + sourcePixel;
    let o2 = o1 + toPixel;
    let p3 = p2 + sourcePixel;
    let o3 = o2 + toPixel;
    if (x + 4 > width) {
      const last = pixels - 1;
      y = min(pixel + 1, last) / width;
      x = min(pixel + 1, last) - y * width;
      p1 = source + <usize>y * sourceRow + <usize>x * sourcePixel;
      o1 = to + <usize>y * toRow + <usize>x * toPixel;
      y = min(pixel + 2, last) / width;
      x = min(pixel + 2, last) - y * width;
      p2 = source + <usize>y * sourceRow + <usize>x * sourcePixel;
      o2 = to + <usize>y * toRow + <usize>x * toPixel;
      y = min(pixel + 3, last) / width;
      x = min(pixel + 3, last) - y * width;
      p3 = source + <usize>y * sourceRow + <usize>x * sourcePixel;
      o3 = to + <usize>y * toRow + <usize>x * toPixel;
    }
    if (n == WIDE) {
      wideTile(p0, p1, p2, p3, rows, length, skip, filter, o0, o1, o2, o3, mode, add, mask);
    } else {
      slimTile(p0, p1, p2, p3, rows, length, skip, filter, o0, o1, o2, o3, mode, add, mask, n);
    }
  }
}
