import { clear, gather, get } from './lanes';
import { poolImage, poolSpace } from './pool';
import { CONV, CONV0, CONV1, drawnOf, EDGE, POOL, SKIP, stripRows, word } from './table';

/** Sums of dy and of dy times each z less its mean, and with x and its pool where wanted. */
// @ts-ignore: decorator
@inline
function sumStrip(
  x: usize,
  pooled: usize,
  dy: usize,
  z0: usize,
  z1: usize,
  moments0: usize,
  moments1: usize,
  sums: usize,
  sumsRow: usize,
  dots: usize,
  rows: i32,
  stride: usize,
  step0: usize,
  step1: usize,
  n: i32,
): void {
  const zero = f32x4.splat(0);
  const mean0 = moments0 ? get(moments0, n) : zero;
  const mean1 = moments1 ? get(moments1, n) : zero;
  let plain = zero;
  let with0 = zero;
  let with1 = zero;
  const end = dy + <usize>rows * stride;
  if (dots) {
    let withX = zero;
    let withPool = zero;
    for (; dy < end; dy += stride) {
      const g = get(dy, n);
      plain = f32x4.add(plain, g);
      with0 = f32x4.add(with0, f32x4.mul(g, f32x4.sub(get(z0, n), mean0)));
      with1 = f32x4.add(with1, f32x4.mul(g, f32x4.sub(get(z1, n), mean1)));
      withX = f32x4.add(withX, f32x4.mul(g, get(x, n)));
      withPool = f32x4.add(withPool, f32x4.mul(g, get(pooled, n)));
      x += stride;
      pooled += stride;
      z0 += step0;
      z1 += step1;
    }
    gather(dots, withX);
    gather(dots + 32, withPool);
  } else {
    for (; dy < end; dy += stride) {
      const g = get(dy, n);
      plain = f32x4.add(plain, g);
      with0 = f32x4.add(with0, f32x4.mul(g, f32x4.sub(get(z0, n), mean0)));
      with1 = f32x4.add(with1, f32x4.mul(g, f32x4.sub(get(z1, n), mean1)));
      z0 += step0;
      z1 += step1;
    }
  }
  gather(sums, plain);
  if (moments0) gather(sums + sumsRow, with0);
  if (moments1) gather(sums + 2 * sumsRow, with1);
}

/** Sums of dy and of dy times v less its mean; without moments times v. @param to of the latter, or 0 */
// @ts-ignore: decorator
@inline
function oneSum(
  dy: usize,
  v: usize,
  step: usize,
  moments: usize,
  sums: usize,
  to: usize,
  rows: i32,
  stride: usize,
  n: i32,
): void {
  const zero = f32x4.splat(0);
  let plain = zero;
  let product = zero;
  const end = dy + <usize>rows * stride;
  if (to) {
    const mean = moments ? get(moments, n) : zero;
    for (; dy < end; dy += stride, v += step) {
      const g = get(dy, n);
      plain = f32x4.add(plain, g);
      product = f32x4.add(product, f32x4.mul(g, f32x4.sub(get(v, n), mean)));
    }
    gather(to, product);
  } else {
    for (; dy < end; dy += stride) plain = f32x4.add(plain, get(dy, n));
  }
  gather(sums, plain);
}

/** The four doubles' sum. */
function total(sums: usize): f64 {
  return load<f64>(sums) + load<f64>(sums, 8) + (load<f64>(sums, 16) + load<f64>(sums, 24));
}

/**
 * Sums over all rows of dy and of dy times each normalised z.
 *
 * @param table the edges read dy; their third word is the row of dp that is added to, or 0
 * @param to `[1 + convs, edges * channels]`; products with what is left out are 0
 */
export function mixSums(
  x: usize,
  table: usize,
  to: usize,
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
  const sums = space + image + poolSpace(height, width, channels);
  // Four more doubles for the empty lanes of the last channels.
  const sumsRow = 2 * zStride + 32;
  const dots = sums + <usize>(1 + convs) * sumsRow;
  const wanted = word(table, 2) != 0 && (skip >= 0 || pool >= 0);
  let all = POOL;
  if (word(table, 3)) {
    all = 0;
    for (let edge = 0; edge < edges; edge++) {
      all |= drawnOf(word(table, edge * 4 + 3), skip, pool, conv0, conv1);
    }
  }
  clear(sums, dots + <usize>edges * 64 - sums);
  for (let i = 0; i < batch; i++) {
    const start = <usize>i * image;
    if (wanted && pool >= 0 && all & POOL) poolImage(x + start, space, space + image, height, width, stride);
    for (let y = 0; y < pixels; y += strip) {
      const rows = min(strip, pixels - y);
      const within = <usize>y * stride;
      const at = start + within;
      const zAt = at * <usize>edges;
      for (let edge = 0; edge < edges; edge++) {
        const dy = word(table, edge * 4) + at;
        const row = word(table, edge * 4 + 3);
        const drawn = row ? drawnOf(row, skip, pool, conv0, conv1) : -1;
        const on0 = conv0 && drawn & CONV0;
        const on1 = conv1 && drawn & CONV1;
        const few = popcnt<i32>(drawn) <= 1;
        const dot = wanted ? dots + <usize>edge * 64 : 0;
        for (let c: usize = 0; c < stride; c += 16) {
          const place = <usize>edge * stride + c;
          const pooled = pool >= 0 && drawn & POOL ? space + within + c : x + at + c;
          const z0 = on0 ? word(conv0, 0) + zAt + place : x + at + c;
          const z1 = on1 ? word(conv1, 0) + zAt + place : x + at + c;
          const moments0 = on0 ? word(conv0, 1) + place : 0;
          const moments1 = on1 ? word(conv1, 1) + place : 0;
          const step0 = on0 ? zStride : stride;
          const step1 = on1 ? zStride : stride;
          const left = <i32>(stride - c) / 4;
          const sum = sums + 2 * place;
          if (few) {
            const v = on0 ? z0 : on1 ? z1 : pooled;
            const product = on0
              ? sum + sumsRow
              : on1
                ? sum + 2 * sumsRow
                : dot && drawn
                  ? dot + (drawn & POOL ? 32 : 0)
                  : 0;
            const step = max(step0, step1);
            const moments = moments0 | moments1;
            if (left >= 4) oneSum(dy + c, v, step, moments, sum, product, rows, stride, 4);
            else oneSum(dy + c, v, step, moments, sum, product, rows, stride, left);
          } else if (left >= 4) {
            sumStrip(
              x + at + c, pooled, dy + c, z0, z1, moments0, moments1, sum, sumsRow, dot,
              rows, stride, step0, step1, 4,
            );
          } else {
            sumStrip(
              x + at + c, pooled, dy + c, z0, z1, moments0, moments1, sum, sumsRow, dot,
              rows, stride, step0, step1, left,
            );
          }
        }
      }
    }
  }
  for (let edge = 0; edge < edges; edge++) {
    const row = word(table, edge * 4 + 2);
    const given = word(table, edge * 4 + 3);
    const drawn = given ? drawnOf(given, skip, pool, conv0, conv1) : -1;
    for (let conv = -1; conv < convs; conv++) {
      const values = sums + <usize>(conv + 1) * sumsRow;
      const on = conv < 0 || drawn & (CONV0 << conv);
      const moments = conv < 0 || !on ? 0 : word(conv0 + <usize>conv * CONV, 1) + zStride;
      let whole: f64 = 0;
      for (let c: usize = 0; c < stride; c += 4) {
        const place = <usize>edge * stride + c;
        let value = load<f64>(values + 2 * place);
        if (moments) value *= <f64>load<f32>(moments + place);
        whole += value;
        store<f32>(to + <usize>(conv + 1) * zStride + place, <f32>value);
      }
      if (row && on && conv >= 0) addTo(row + word(conv0 + <usize>conv * CONV, 2), whole);
    }
    if (row && skip >= 0 && drawn & SKIP) addTo(row + <usize>skip * 4, total(dots + <usize>edge * 64));
    if (row && pool >= 0 && drawn & POOL) addTo(row + <usize>pool * 4, total(dots + <usize>edge * 64 + 32));
  }
}

function addTo(place: usize, value: f64): void {
  store<f32>(place, <f32>(<f64>load<f32>(place) + value));
}
