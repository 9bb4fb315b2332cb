import { clear, get, put } from './lanes';
import { poolImage } from './pool';
import { CONV, CONV0, CONV1, drawnOf, EDGE, POOL, stripRows, weight, word } from './table';

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

/** One operation's part alone: (v - mean) / deviation * weight; without moments v * weight. */
// @ts-ignore: decorator
@inline
function oneStrip(
  v: usize,
  step: usize,
  moments: usize,
  before: usize,
  to: usize,
  weight: f32,
  rows: i32,
  stride: usize,
  zStride: usize,
  n: i32,
): void {
  const share = f32x4.splat(weight);
  const mean = moments ? get(moments, n) : f32x4.splat(0);
  const gain = moments ? f32x4.mul(get(moments + zStride, n), share) : share;
  const end = to + <usize>rows * stride;
  if (before) {
    for (; to < end; to += stride, before += stride, v += step) {
      const part = f32x4.mul(f32x4.sub(get(v, n), mean), gain);
      put(to, f32x4.add(get(before, n), part), n);
    }
  } else {
    for (; to < end; to += stride, v += step) {
      put(to, f32x4.mul(f32x4.sub(get(v, n), mean), gain), n);
    }
  }
}

/**
 * The edges' mixtures of x, each added to what its node has so far. What has a weight of 0 is not read.
 *
 * @param x `[batch, height, width, channels]`, as are the tensors of the edges
 * @param table a node that is added to is its own result
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
  let all = 0;
  for (let edge = 0; edge < edges; edge++) {
    all |= drawnOf(word(table, edge * 4 + 2), skip, pool, conv0, conv1);
  }
  for (let i = 0; i < batch; i++) {
    const start = <usize>i * image;
    if (all & POOL) poolImage(x + start, space, space + image, height, width, stride);
    for (let y = 0; y < pixels; y += strip) {
      const rows = min(strip, pixels - y);
      const within = <usize>y * stride;
      const at = start + within;
      const zAt = at * <usize>edges;
      for (let edge = 0; edge < edges; edge++) {
        const from = word(table, edge * 4);
        const to = word(table, edge * 4 + 1) + at;
        const row = word(table, edge * 4 + 2);
        const drawn = drawnOf(row, skip, pool, conv0, conv1);
        if (drawn == 0) {
          if (!from) clear(to, <usize>rows * stride);
          continue;
        }
        const one = popcnt<i32>(drawn) == 1;
        // A missing operand is replaced by x, with nothing as its weight.
        const on0 = (drawn & CONV0) != 0;
        const on1 = (drawn & CONV1) != 0;
        const column0 = conv0 ? word(conv0, 2) : 0;
        const column1 = conv1 ? word(conv1, 2) : 0;
        const step0 = on0 ? zStride : stride;
        const step1 = on1 ? zStride : stride;
        for (let c: usize = 0; c < stride; c += 16) {
          const place = <usize>edge * stride + c;
          const pooled = drawn & POOL ? space + within + c : x + at + c;
          const z0 = on0 ? word(conv0, 0) + zAt + place : x + at + c;
          const z1 = on1 ? word(conv1, 0) + zAt + place : x + at + c;
          const moments0 = on0 ? word(conv0, 1) + place : 0;
          const moments1 = on1 ? word(conv1, 1) + place : 0;
          const before = from ? from + at + c : 0;
          const left = <i32>(stride - c) / 4;
          if (one) {
            const v = on0 ? z0 : on1 ? z1 : pooled;
            const share = on0
              ? load<f32>(row + column0)
              : on1
                ? load<f32>(row + column1)
                : weight(row, drawn & POOL ? pool : skip);
            const step = max(step0, step1);
            const moments = moments0 | moments1;
            if (left >= 4) {
              oneStrip(v, step, moments, before, to + c, share, rows, stride, zStride, 4);
            } else {
              oneStrip(v, step, moments, before, to + c, share, rows, stride, zStride, left);
            }
          } else if (left >= 4) {
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
