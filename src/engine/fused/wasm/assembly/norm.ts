import { blockRows, clear, gather, get, put, whole } from './lanes';
import { normSpace } from './moments';

// @ts-ignore: decorator
@inline
function blockNorm(
  z: usize,
  moments: usize,
  scale: usize,
  shift: usize,
  add: usize,
  to: usize,
  rows: i32,
  stride: usize,
  n: i32,
): void {
  const mean = get(moments, n);
  const gain = f32x4.mul(get(moments + stride, n), get(scale, n));
  const base = get(shift, n);
  const end = z + <usize>rows * stride;
  if (add) {
    for (; z < end; z += stride, to += stride, add += stride) {
      const y = f32x4.add(f32x4.mul(f32x4.sub(get(z, n), mean), gain), base);
      put(to, f32x4.add(y, get(add, n)), n);
    }
  } else {
    for (; z < end; z += stride, to += stride) {
      put(to, f32x4.add(f32x4.mul(f32x4.sub(get(z, n), mean), gain), base), n);
    }
  }
}

/**
 * (z - mean) / deviation * scale + shift + add.
 *
 * @param z,add,to `[rows, channels]`; add may be 0, and `to` may be any of them
 */
export function norm(
  z: usize,
  moments: usize,
  scale: usize,
  shift: usize,
  add: usize,
  to: usize,
  rows: i32,
  channels: i32,
): void {
  const stride = <usize>channels * 4;
  const block = blockRows(channels);
  for (let row = 0; row < rows; row += block) {
    const count = min(block, rows - row);
    const at = <usize>row * stride;
    let c: usize = 0;
    for (; c + 16 <= stride; c += 16) {
      const more = add ? add + at + c : 0;
      blockNorm(z + at + c, moments + c, scale + c, shift + c, more, to + at + c, count, stride, 4);
    }
    if (c < stride) {
      const more = add ? add + at + c : 0;
      const n = <i32>(stride - c) / 4;
      blockNorm(z + at + c, moments + c, scale + c, shift + c, more, to + at + c, count, stride, n);
    }
  }
}

// @ts-ignore: decorator
@inline
function blockSums(
  z: usize,
  moments: usize,
  g: usize,
  sums: usize,
  products: usize,
  rows: i32,
  stride: usize,
  n: i32,
): void {
  const mean = get(moments, n);
  const end = z + <usize>rows * stride;
  let sum = f32x4.splat(0);
  let product = f32x4.splat(0);
  for (; z < end; z += stride, g += stride) {
    const value = get(g, n);
    sum = f32x4.add(sum, value);
    product = f32x4.add(product, f32x4.mul(value, f32x4.sub(get(z, n), mean)));
  }
  gather(sums, sum);
  gather(products, product);
}

/**
 * Column sums of g and of g times the normalised z.
 *
 * @param z,g `[rows, channels]`
 * @param to `[2, channels]`
 */
export function normSums(
  z: usize,
  moments: usize,
  g: usize,
  to: usize,
  space: usize,
  rows: i32,
  channels: i32,
): void {
  const stride = <usize>channels * 4;
  const products = space + <usize>whole(channels) * 8;
  clear(space, normSpace(channels));
  const block = blockRows(channels);
  for (let row = 0; row < rows; row += block) {
    const count = min(block, rows - row);
    const at = <usize>row * stride;
    let c: usize = 0;
    for (; c + 16 <= stride; c += 16) {
      const a = space + 2 * c;
      blockSums(z + at + c, moments + c, g + at + c, a, products + 2 * c, count, stride, 4);
    }
    if (c < stride) {
      const a = space + 2 * c;
      const n = <i32>(stride - c) / 4;
      blockSums(z + at + c, moments + c, g + at + c, a, products + 2 * c, count, stride, n);
    }
  }
  for (let c: usize = 0; c < stride; c += 4) {
    store<f32>(to + c, <f32>load<f64>(space + 2 * c));
    const inverse: f64 = load<f32>(moments + stride + c);
    store<f32>(to + stride + c, <f32>(load<f64>(products + 2 * c) * inverse));
  }
}

// @ts-ignore: decorator
@inline
function blockInput(
  z: usize,
  moments: usize,
  scale: usize,
  sums: usize,
  g: usize,
  to: usize,
  block: i32,
  rows: i32,
  stride: usize,
  n: i32,
): void {
  const perRow = f32x4.splat(<f32>(1 / <f64>rows));
  const mean = get(moments, n);
  const inverse = get(moments + stride, n);
  const gain = f32x4.mul(inverse, get(scale, n));
  const level = f32x4.mul(get(sums, n), perRow);
  const slope = f32x4.mul(f32x4.mul(get(sums + stride, n), perRow), inverse);
  const end = z + <usize>block * stride;
  for (; z < end; z += stride, g += stride, to += stride) {
    const tilt = f32x4.mul(f32x4.sub(get(z, n), mean), slope);
    put(to, f32x4.mul(f32x4.sub(f32x4.sub(get(g, n), level), tilt), gain), n);
  }
}

/**
 * Gradient of {@link norm} with respect to z:
 * scale / deviation * (g - mean(g) - zhat * mean(g zhat)), zhat the normalised z.
 *
 * @param sums of {@link normSums}
 */
export function normInput(
  z: usize,
  moments: usize,
  scale: usize,
  sums: usize,
  g: usize,
  to: usize,
  rows: i32,
  channels: i32,
): void {
  const stride = <usize>channels * 4;
  const block = blockRows(channels);
  for (let row = 0; row < rows; row += block) {
    const count = min(block, rows - row);
    const at = <usize>row * stride;
    let c: usize = 0;
    for (; c + 16 <= stride; c += 16) {
      blockInput(
        z + at + c, moments + c, scale + c, sums + c, g + at + c, to + at + c,
        count, rows, stride, 4,
      );
    }
    if (c < stride) {
      blockInput(
        z + at + c, moments + c, scale + c, sums + c, g + at + c, to + at + c,
        count, rows, stride, <i32>(stride - c) / 4,
      );
    }
  }
}
