import { clear, get, put } from './lanes';
import { addPoolInput } from './pool';
import { CONV, EDGE, stripRows, weight, word } from './table';

// @ts-ignore: decorator
@inline
function convStrip(
  dy: usize,
  z: usize,
  to: usize,
  moments: usize,
  weight: f32,
  sums: usize,
  products: usize,
  perRow: f32,
  rows: i32,
  stride: usize,
  zStride: usize,
  n: i32,
): void {
  const mean = get(moments, n);
  const inverse = get(moments + zStride, n);
  const gain = f32x4.mul(inverse, f32x4.splat(weight));
  const level = f32x4.mul(get(sums, n), f32x4.splat(perRow));
  const slope = f32x4.mul(f32x4.mul(get(products, n), f32x4.splat(perRow)), inverse);
  const end = dy + <usize>rows * stride;
  for (; dy < end; dy += stride, z += zStride, to += zStride) {
    const tilt = f32x4.mul(f32x4.sub(get(z, n), mean), slope);
    put(to, f32x4.mul(f32x4.sub(f32x4.sub(get(dy, n), level), tilt), gain), n);
  }
}

/**
 * Gradients of `mix` with respect to each z.
 *
 * @param table the edges read dy; the fourth word of each convolution is its result, which is not
 *   written where it is left out
 * @param sums of `mixSums`
 */
export function mixConvs(
  table: usize,
  sums: usize,
  edges: i32,
  convs: i32,
  rows: i32,
  channels: i32,
): void {
  const stride = <usize>channels * 4;
  const zStride = <usize>edges * stride;
  const strip = stripRows(edges * channels);
  const first = table + <usize>edges * EDGE;
  const perRow = <f32>(1 / <f64>rows);
  for (let y = 0; y < rows; y += strip) {
    const count = min(strip, rows - y);
    const zAt = <usize>y * zStride;
    for (let edge = 0; edge < edges; edge++) {
      const dy = word(table, edge * 4) + <usize>y * stride;
      const row = word(table, edge * 4 + 2);
      const leaves = word(table, edge * 4 + 3) != 0;
      for (let conv = 0; conv < convs; conv++) {
        const entry = first + <usize>conv * CONV;
        const p = load<f32>(row + word(entry, 2));
        if (leaves && p == 0) continue;
        const products = sums + <usize>(1 + conv) * zStride;
        for (let c: usize = 0; c < stride; c += 16) {
          const place = <usize>edge * stride + c;
          const z = word(entry, 0) + zAt + place;
          const moments = word(entry, 1) + place;
          const to = word(entry, 3) + zAt + place;
          const left = <i32>(stride - c) / 4;
          if (left >= 4) {
            convStrip(
              dy + c, z, to, moments, p, sums + place, products + place, perRow,
              count, stride, zStride, 4,
            );
          } else {
            convStrip(
              dy + c, z, to, moments, p, sums + place, products + place, perRow,
              count, stride, zStride, left,
            );
          }
        }
      }
    }
  }
}

/** to = from * weight, or to += from * weight; `bytes` is a multiple of 4. */
function weigh(from: usize, to: usize, bytes: usize, weight: f32, more: bool): void {
  const end = to + bytes;
  const wide = to + (bytes & ~15);
  const factor = f32x4.splat(weight);
  if (more) {
    for (; to < wide; to += 16, from += 16) {
      v128.store(to, f32x4.add(v128.load(to), f32x4.mul(v128.load(from), factor)));
    }
    for (; to < end; to += 4, from += 4) {
      store<f32>(to, load<f32>(to) + load<f32>(from) * weight);
    }
  } else {
    for (; to < wide; to += 16, from += 16) {
      v128.store(to, f32x4.mul(v128.load(from), factor));
    }
    for (; to < end; to += 4, from += 4) store<f32>(to, load<f32>(from) * weight);
  }
}

/**
 * Gradient of `mix` with respect to x by way of skip and pool, plus `add`. An edge is not read where it
 * weighs nothing.
 *
 * @param table the edges read dy
 * @param to of x's shape; may be `add`
 */
export function mixInput(
  table: usize,
  add: usize,
  to: usize,
  space: usize,
  edges: i32,
  skip: i32,
  pool: i32,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
): void {
  const stride = <usize>channels * 4;
  const image = <usize>(height * width) * stride;
  for (let i = 0; i < batch; i++) {
    const at = <usize>i * image;
    if (!add) clear(to + at, image);
    else if (add != to) weigh(add + at, to + at, image, 1, false);
    let pooled = false;
    for (let edge = 0; edge < edges; edge++) {
      const dy = word(table, edge * 4) + at;
      const row = word(table, edge * 4 + 2);
      const skipWeight = weight(row, skip);
      const poolWeight = weight(row, pool);
      if (skipWeight != 0) weigh(dy, to + at, image, skipWeight, true);
      if (poolWeight == 0) continue;
      weigh(dy, space, image, poolWeight, pooled);
      pooled = true;
    }
    if (pooled) addPoolInput(space, to + at, space + image, height, width, stride);
  }
}
