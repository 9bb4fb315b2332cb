import { get, put } from './lanes';

/**
 * Four inputs by eight outputs of one filter tap, summed over `count` images' `rows` rows.
 *
 * @param second,third,fourth where the inputs after the first lie
 * @param into,next the gradient of the first input, and bytes to those of the others
 */
function wideTile(
  x: usize,
  xPixel: usize,
  xRow: usize,
  xImage: usize,
  second: usize,
  third: usize,
  fourth: usize,
  dz: usize,
  dzPixel: usize,
  dzRow: usize,
  dzImage: usize,
  count: i32,
  rows: i32,
  into: usize,
  row: usize,
): void {
  let a0 = f32x4.splat(0);
  let a1 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let b1 = f32x4.splat(0);
  let c0 = f32x4.splat(0);
  let c1 = f32x4.splat(0);
  let d0 = f32x4.splat(0);
  let d1 = f32x4.splat(0);
  for (let image = 0; image < count; image++) {
    let fromX = x;
    let fromDz = dz;
    for (let y = 0; y < rows; y++) {
      let p0 = fromX;
      let p1 = fromX + second;
      let p2 = fromX + third;
      let p3 = fromX + fourth;
      let g = fromDz;
      const end = g + dzRow;
      while (g < end) {
        const g0 = v128.load(g);
        const g1 = v128.load(g, 16);
        const a = v128.load_splat<f32>(p0);
        const b = v128.load_splat<f32>(p1);
        const c = v128.load_splat<f32>(p2);
        const d = v128.load_splat<f32>(p3);
        a0 = f32x4.add(a0, f32x4.mul(a, g0));
        a1 = f32x4.add(a1, f32x4.mul(a, g1));
        b0 = f32x4.add(b0, f32x4.mul(b, g0));
        b1 = f32x4.add(b1, f32x4.mul(b, g1));
        c0 = f32x4.add(c0, f32x4.mul(c, g0));
        c1 = f32x4.add(c1, f32x4.mul(c, g1));
        d0 = f32x4.add(d0, f32x4.mul(d, g0));
        d1 = f32x4.add(d1, f32x4.mul(d, g1));
        p0 += xPixel;
        p1 += xPixel;
        p2 += xPixel;
        p3 += xPixel;
        g += dzPixel;
      }
      fromX += xRow;
      fromDz += dzRow;
    }
    x += xImage;
    dz += dzImage;
  }
  // Inputs that stand in for missing ones write the same sums to the same place, so all are read
  // before any is written.
  const into1 = into + (second / 4) * row;
  const into2 = into + (third / 4) * row;
  const into3 = into + (fourth / 4) * row;
  a0 = f32x4.add(a0, v128.load(into));
  a1 = f32x4.add(a1, v128.load(into, 16));
  b0 = f32x4.add(b0, v128.load(into1));
  b1 = f32x4.add(b1, v128.load(into1, 16));
  c0 = f32x4.add(c0, v128.load(into2));
  c1 = f32x4.add(c1, v128.load(into2, 16));
  d0 = f32x4.add(d0, v128.load(into3));
  d1 = f32x4.add(d1, v128.load(into3, 16));
  v128.store(into, a0);
  v128.store(into, a1, 16);
  v128.store(into1, b0);
  v128.store(into1, b1, 16);
  v128.store(into2, c0);
  v128.store(into2, c1, 16);
  v128.store(into3, d0);
  v128.store(into3, d1, 16);
}

/** Four inputs by up to four outputs. */
function slimTile(
  x: usize,
  xPixel: usize,
  xRow: usize,
  xImage: usize,
  second: usize,
  third: usize,
  fourth: usize,
  dz: usize,
  dzPixel: usize,
  dzRow: usize,
  dzImage: usize,
  count: i32,
  rows: i32,
  into: usize,
  row: usize,
  n: i32,
): void {
  let a0 = f32x4.splat(0);
  let b0 = f32x4.splat(0);
  let c0 = f32x4.splat(0);
  let d0 = f32x4.splat(0);
  for (let image = 0; image < count; image++) {
    let fromX = x;
    let fromDz = dz;
    for (let y = 0; y < rows; y++) {
      let p0 = fromX;
      let g = fromDz;
      const end = g + dzRow;
      while (g < end) {
        const g0 = get(g, n);
        a0 = f32x4.add(a0, f32x4.mul(v128.load_splat<f32>(p0), g0));
        b0 = f32x4.add(b0, f32x4.mul(v128.load_splat<f32>(p0 + second), g0));
        c0 = f32x4.add(c0, f32x4.mul(v128.load_splat<f32>(p0 + third), g0));
        d0 = f32x4.add(d0, f32x4.mul(v128.load_splat<f32>(p0 + fourth), g0));
        p0 += xPixel;
        g += dzPixel;
      }
      fromX += xRow;
      fromDz += dzRow;
    }
    x += xImage;
    dz += dzImage;
  }
  const into1 = into + (second / 4) * row;
  const into2 = into + (third / 4) * row;
  const into3 = into + (fourth / 4) * row;
  a0 = f32x4.add(a0, get(into, n));
  b0 = f32x4.add(b0, get(into1, n));
  c0 = f32x4.add(c0, get(into2, n));
  d0 = f32x4.add(d0, get(into3, n));
  put(into, a0, n);
  put(into1, b0, n);
  put(into2, c0, n);
  put(into3, d0, n);
}

/**
 * Adds the products of `count` images' `rows` rows of x and of dz, each pixel of one with the same
 * pixel of the other: the first `columns` of `[inputs, outputs]`. Pixels, rows and images are so many
 * bytes apart.
 *
 * @param dzRow also the bytes of the pixels that a row has
 */
export function addProducts(
  x: usize,
  xPixel: usize,
  xRow: usize,
  xImage: usize,
  dz: usize,
  dzPixel: usize,
  dzRow: usize,
  dzImage: usize,
  count: i32,
  rows: i32,
  inputs: i32,
  outputs: i32,
  columns: i32,
  into: usize,
): void {
  const row = <usize>outputs * 4;
  const bytes = <usize>columns * 4;
  for (let input = 0; input < inputs; input += 4) {
    const last = inputs - input - 1;
    const second = <usize>min(1, last) * 4;
    const third = <usize>min(2, last) * 4;
    const fourth = <usize>min(3, last) * 4;
    const from = x + <usize>input * 4;
    const to = into + <usize>input * row;
    let c: usize = 0;
    for (; c + 32 <= bytes; c += 32) {
      wideTile(
        from, xPixel, xRow, xImage, second, third, fourth,
        dz + c, dzPixel, dzRow, dzImage, count, rows, to + c, row,
      );
    }
    for (; c < bytes; c += 16) {
      const n = min(4, <i32>(bytes - c) / 4);
      slimTile(
        from, xPixel, xRow, xImage, second, third, fourth,
        dz + c, dzPixel, dzRow, dzImage, count, rows, to + c, row, n,
      );
    }
  }
}
