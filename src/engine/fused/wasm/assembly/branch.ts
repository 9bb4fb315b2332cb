import { blockRows, clear, gather, get, put, relu, where, whole } from './lanes';
import { normSpace } from './moments';

/*
 * Branches of a cell with operations on its nodes: a batch norm with a ReLU behind it, times the
 * weight of the branch. The ReLU's mask is computed again from z, which is read anyway.
 */

// @ts-ignore: decorator
@inline
function blockRectified(
  z: usize,
  moments: usize,
  scale: usize,
  shift: usize,
  weight: f32,
  add: usize,
  to: usize,
  rows: i32,
  stride: usize,
  n: i32,
): void {
  const mean = get(moments, n);
  const gain = f32x4.mul(get(moments + stride, n), get(scale, n));
  const base = get(shift, n);
  const share = f32x4.splat(weight);
  const end = z + <usize>rows * stride;
  if (add) {
    for (; z < end; z += stride, to += stride, add += stride) {
      const y = relu(f32x4.add(f32x4.mul(f32x4.sub(get(z, n), mean), gain), base));
      put(to, f32x4.add(get(add, n), f32x4.mul(y, share)), n);
    }
  } else {
    for (; z < end; z += stride, to += stride) {
      const y = relu(f32x4.add(f32x4.mul(f32x4.sub(get(z, n), mean), gain), base));
      put(to, f32x4.mul(y, share), n);
    }
  }
}

/**
 * weight * max(norm(z), 0) + add.
 *
 * @param weight `[1]`
 * @param z,add,to `[rows, channels]`; add may be 0, and `to` may be add
 */
export function rectified(
  z: usize,
  moments: usize,
  scale: usize,
  shift: usize,
  weight: usize,
  add: usize,
  to: usize,
  rows: i32,
  channels: i32,
): void {
  const stride = <usize>channels * 4;
  const share = load<f32>(weight);
  const block = blockRows(channels);
  for (let row = 0; row < rows; row += block) {
    const count = min(block, rows - row);
    const at = <usize>row * stride;
    for (let c: usize = 0; c < stride; c += 16) {
      const from = z + at + c;
      const more = add ? add + at + c : 0;
      const o = to + at + c;
      const n = min(4, <i32>(stride - c) / 4);
      if (n == 4) {
        blockRectified(from, moments + c, scale + c, shift + c, share, more, o, count, stride, 4);
      } else {
        blockRectified(from, moments + c, scale + c, shift + c, share, more, o, count, stride, n);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function blockSums(
  z: usize,
  moments: usize,
  scale: usize,
  shift: usize,
  g: usize,
  sums: usize,
  products: usize,
  rows: i32,
  stride: usize,
  n: i32,
): void {
  const mean = get(moments, n);
  const gain = f32x4.mul(get(moments + stride, n), get(scale, n));
  const base = get(shift, n);
  const end = z + <usize>rows * stride;
  let sum = f32x4.splat(0);
  let product = f32x4.splat(0);
  for (; z < end; z += stride, g += stride) {
    const centred = f32x4.sub(get(z, n), mean);
    const value = where(f32x4.add(f32x4.mul(centred, gain), base), get(g, n));
    sum = f32x4.add(sum, value);
    product = f32x4.add(product, f32x4.mul(value, centred));
  }
  gather(sums, sum);
  gather(products, product);
}

/**
 * Column sums of g, masked by the ReLU, and of its product with the normalised z. The gradients of
 * shift and scale are these times the weight, and that of the weight follows from them, too:
 * max(norm(z), 0) is scale * zhat + shift wherever the mask lets g through.
 *
 * @param sums `[2, channels]`
 * @param dWeight `[1]`, added to; or 0
 * @param dScale,dShift overwritten; or 0
 */
export function rectifiedSums(
  z: usize,
  moments: usize,
  scale: usize,
  shift: usize,
  weight: usize,
  g: usize,
  sums: usize,
  dWeight: usize,
  dScale: usize,
  dShift: usize,
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
    for (let c: usize = 0; c < stride; c += 16) {
      const from = z + at + c;
      const a = space + 2 * c;
      const b = products + 2 * c;
      const n = min(4, <i32>(stride - c) / 4);
      if (n == 4) {
        blockSums(from, moments + c, scale + c, shift + c, g + at + c, a, b, count, stride, 4);
      } else {
        blockSums(from, moments + c, scale + c, shift + c, g + at + c, a, b, count, stride, n);
      }
    }
  }
  const share = load<f32>(weight);
  let slope: f64 = 0;
  for (let c: usize = 0; c < stride; c += 4) {
    const inverse: f64 = load<f32>(moments + stride + c);
    const sum = load<f64>(space + 2 * c);
    const product = load<f64>(products + 2 * c) * inverse;
    store<f32>(sums + c, <f32>sum);
    store<f32>(sums + stride + c, <f32>product);
    slope += <f64>load<f32>(shift + c) * sum + <f64>load<f32>(scale + c) * product;
    if (dScale) store<f32>(dScale + c, share * <f32>product);
    if (dShift) store<f32>(dShift + c, share * <f32>sum);
  }
  if (dWeight) store<f32>(dWeight, load<f32>(dWeight) + <f32>slope);
}

// @ts-ignore: decorator
@inline
function blockInput(
  z: usize,
  moments: usize,
  scale: usize,
  shift: usize,
  weight: f32,
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
  const base = get(shift, n);
  const outer = f32x4.mul(gain, f32x4.splat(weight));
  const level = f32x4.mul(get(sums, n), perRow);
  const slope = f32x4.mul(f32x4.mul(get(sums + stride, n), perRow), inverse);
  const end = z + <usize>block * stride;
  for (; z < end; z += stride, g += stride, to += stride) {
    const centred = f32x4.sub(get(z, n), mean);
    const value = where(f32x4.add(f32x4.mul(centred, gain), base), get(g, n));
    const flat = f32x4.sub(f32x4.sub(value, level), f32x4.mul(centred, slope));
    put(to, f32x4.mul(flat, outer), n);
  }
}

/**
 * Gradient of {@link rectified} with respect to z.
 *
 * @param sums of {@link rectifiedSums}
 * @param to `[rows, channels]`
 */
export function rectifiedInput(
  z: usize,
  moments: usize,
  scale: usize,
  shift: usize,
  weight: usize,
  sums: usize,
  g: usize,
  to: usize,
  rows: i32,
  channels: i32,
): void {
  const stride = <usize>channels * 4;
  const share = load<f32>(weight);
  const block = blockRows(channels);
  for (let row = 0; row < rows; row += block) {
    const count = min(block, rows - row);
    const at = <usize>row * stride;
    for (let c: usize = 0; c < stride; c += 16) {
      const from = z + at + c;
      const o = to + at + c;
      const n = min(4, <i32>(stride - c) / 4);
      if (n == 4) {
        blockInput(
          from, moments + c, scale + c, shift + c, share, sums + c, g + at + c, o,
          count, rows, stride, 4,
        );
      } else {
        blockInput(
          from, moments + c, scale + c, shift + c, share, sums + c, g + at + c, o,
          count, rows, stride, n,
        );
      }
    }
  }
}
