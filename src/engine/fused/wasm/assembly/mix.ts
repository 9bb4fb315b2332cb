import { get, put } from './lanes';
import { poolImage } from './pool';
import { CONV, EDGE, stripRows, weight, word } from './table';

// @ts-ignore: decorator
@inline
function mixStrip(
  x: usize,
  pooled: usize,
  before: usize,
  to: usize,
  z0: usize,
  z1: usize,
  moments0: usize,
  moments1: usize,
  row: usize,
  column0: usize,
  column1: usize,
  skip: i32,
  pool: i32,
  rows: i32,
  stride: usize,
  zStride: usize,
  step0: usize,
  step1: usize,
  n: i32,
): void {
  const zero = f32x4.splat(0);
  const skipWeight = f32x4.splat(weight(row, skip));
  const poolWeight = f32x4.splat(weight(row, pool));
  const mean0 = moments0 ? get(moments0, n) : zero;
  const mean1 = moments1 ? get(moments1, n) : zero;
  const gain0 = moments0
    ? f32x4.mul(get(moments0 + zStride, n), f32x4.splat(load<f32>(row + column0)))
    : zero;
  const gain1 = moments1
    ? f32x4.mul(get(moments1 + zStride, n), f32x4.splat(load<f32>(row + column1)))
    : zero;
  const end = x + <usize>rows * stride;
  if (before) {
    for (; x < end; x += stride) {
      const direct = f32x4.add(
        f32x4.mul(get(x, n), skipWeight),
        f32x4.mul(get(pooled, n), poolWeight),
      );
      const convolved = f32x4.add(
        f32x4.mul(f32x4.sub(get(z0, n), mean0), gain0),
        f32x4.mul(f32x4.sub(get(z1, n), mean1), gain1),
      );
      put(to, f32x4.add(get(before, n), f32x4.add(direct, convolved)), n);
      pooled += stride;
      before += stride;
      to += stride;
      z0 += step0;
      z1 += step1;
    }
  } else {
    for (; x < end; x += stride) {
      const direct = f32x4.add(
        f32x4.mul(get(x, n), skipWeight),
        f32x4.mul(get(pooled, n), poolWeight),
      );
      const convolved = f32x4.add(
        f32x4.mul(f32x4.sub(get(z0, n), mean0), gain0),
        f32x4.mul(f32x4.sub(get(z1, n), mean1), gain1),
      );
      put(to, f32x4.add(direct, convolved), n);
      pooled += stride;
      to += stride;
      z0 += step0;
      z1 += step1;
    }
  }
}

/**
 * The edges' mixtures of x, each added to what its node has so far.
 *
 * @param x `[batch, height, width, channels]`, as are the tensors of the edges
 * @param skip,pool columns of p, or -1
 */
export function mix(
  x: usize,
  table: usize,
  space: usize,
  edges: i32,
  convs: i32,
  skip: i32,
  pool: i32,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
): void {
  const pixels = height * width;
  const stride = <usize>channels * 4;
  const zStride = <usize>edges * stride;
  const image = <usize>pixels * stride;
  const strip = stripRows(edges * channels);
  const conv0 = convs > 0 ? table + <usize>edges * EDGE : 0;
  const conv1 = convs > 1 ? conv0 + CONV : 0;
  for (let i = 0; i < batch; i++) {
    const start = <usize>i * image;
    if (pool >= 0) poolImage(x + start, space, space + image, height, width, stride);
    for (let y = 0; y < pixels; y += strip) {
      const rows = min(strip, pixels - y);
      const within = <usize>y * stride;
      const at = start + within;
      const zAt = at * <usize>edges;
      for (let edge = 0; edge < edges; edge++) {
        const from = word(table, edge * 3);
        const to = word(table, edge * 3 + 1) + at;
        const row = word(table, edge * 3 + 2);
        for (let c: usize = 0; c < stride; c += 16) {
          const place = <usize>edge * stride + c;
          // A missing operand is replaced by x, with nothing as its weight.
          const pooled = pool >= 0 ? space + within + c : x + at + c;
          const z0 = conv0 ? word(conv0, 0) + zAt + place : x + at + c;
          const z1 = conv1 ? word(conv1, 0) + zAt + place : x + at + c;
          const moments0 = conv0 ? word(conv0, 1) + place : 0;
          const moments1 = conv1 ? word(conv1, 1) + place : 0;
          const column0 = conv0 ? word(conv0, 2) : 0;
          const column1 = conv1 ? word(conv1, 2) : 0;
          const before = from ? from + at + c : 0;
          const left = <i32>(stride - c) / 4;
          const step0 = conv0 ? zStride : stride;
          const step1 = conv1 ? zStride : stride;
          if (left >= 4) {
            mixStrip(
              x + at + c, pooled, before, to + c, z0, z1, moments0, moments1, row, column0, column1,
              skip, pool, rows, stride, zStride, step0, step1, 4,
            );
          } else {
            mixStrip(
              x + at + c, pooled, before, to + c, z0, z1, moments0, moments1, row, column0, column1,
              skip, pool, rows, stride, zStride, step0, step1, left,
            );
          }
        }
      }
    }
  }
}
