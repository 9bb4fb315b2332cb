import { get, put, where } from './lanes';
import { isLive, liveChannels } from './live';
import { groupAt, pack, packedBytes, packTurned, WIDE } from './pack';
import { ADD, MASK } from './tile';

// The transforms of `winograd.ts`, in its letters.

/**
 * G g Gt: for each group of outputs 16 matrices `[inputs, group]`.
 *
 * @param turned the filter is that of the input gradient: turned by half a turn, channels exchanged.
 *   `inputs` and `outputs` are those of the result
 * @param live,each of the outputs, see `live.ts`, or of the inputs if `turned`: those are left out
 */
export function transformFilter(
  filter: usize,
  to: usize,
  inputs: i32,
  outputs: i32,
  turned: bool,
  live: i32,
  each: i32,
): void {
  const read = turned ? liveChannels(live, each, inputs) : inputs;
  const bytes = packedBytes(read, outputs);
  const taps = to + 16 * bytes;
  for (let tap = 0; tap < 9; tap++) {
    const place = taps + <usize>tap * bytes;
    if (turned) {
      const y = 2 - tap / 3;
      const x = 2 - (tap % 3);
      packTurned(filter, place, 3, outputs, inputs, y, 1, x, 1, 1, live, each);
    } else {
      pack(filter + <usize>(tap * inputs * outputs) * 4, place, inputs, outputs, live, each);
    }
  }
  for (let channel = 0; channel < outputs; ) {
    const n = groupAt(channel, outputs);
    const matrix = <usize>(read * (n == WIDE ? WIDE : 4)) * 4;
    const start = <usize>(channel * read) * 4;
    const end = turned || isLive(live, each, channel, n) ? matrix : 0;
    for (let at: usize = 0; at < end; at += 16) {
      transformTaps(taps + start + at, bytes, to + 16 * start + at, matrix);
    }
    channel += n;
  }
}

/** G g Gt of four pairs of channels, whose taps are `tap` bytes apart. */
function transformTaps(p: usize, tap: usize, to: usize, matrix: usize): void {
  const half = f32x4.splat(0.5);
  for (let row = 0; row < 4; row++) {
    // Row of G g: the first, half the sum, half the sum with the middle taken away, the last.
    let a: v128, b: v128, c: v128;
    if (row == 0 || row == 3) {
      const q = row == 0 ? p : p + 6 * tap;
      a = v128.load(q);
      b = v128.load(q + tap);
      c = v128.load(q + 2 * tap);
    } else {
      const sign = f32x4.splat(row == 1 ? 0.5 : -0.5);
      a = f32x4.mul(f32x4.add(v128.load(p), v128.load(p + 6 * tap)), half);
      b = f32x4.mul(f32x4.add(v128.load(p + tap), v128.load(p + 7 * tap)), half);
      c = f32x4.mul(f32x4.add(v128.load(p + 2 * tap), v128.load(p + 8 * tap)), half);
      a = f32x4.add(a, f32x4.mul(v128.load(p + 3 * tap), sign));
      b = f32x4.add(b, f32x4.mul(v128.load(p + 4 * tap), sign));
      c = f32x4.add(c, f32x4.mul(v128.load(p + 5 * tap), sign));
    }
    const ends = f32x4.mul(f32x4.add(a, c), half);
    const middle = f32x4.mul(b, half);
    v128.store(to, a);
    v128.store(to + matrix, f32x4.add(ends, middle));
    v128.store(to + 2 * matrix, f32x4.sub(ends, middle));
    v128.store(to + 3 * matrix, c);
    to += 4 * matrix;
  }
}

/** Bt on one column: the rows' transform of four vectors, stored four matrices apart. */
// @ts-ignore: decorator
@inline
function putColumn(a: v128, b: v128, c: v128, d: v128, to: usize, matrix: usize, n: i32): void {
  put(to, f32x4.sub(a, c), n);
  put(to + 4 * matrix, f32x4.add(b, c), n);
  put(to + 8 * matrix, f32x4.sub(c, b), n);
  put(to + 12 * matrix, f32x4.sub(b, d), n);
}

/** Bt d B of one tile and up to four channels. Column by column, so that it fits in the registers. */
// @ts-ignore: decorator
@inline
function transformTile(p: usize, row: usize, pixel: usize, to: usize, matrix: usize, n: i32): void {
  const q = p + row;
  const r = q + row;
  const s = r + row;
  const second = pixel;
  const third = 2 * pixel;
  const fourth = 3 * pixel;
  putColumn(
    f32x4.sub(get(p, n), get(p + third, n)),
    f32x4.sub(get(q, n), get(q + third, n)),
    f32x4.sub(get(r, n), get(r + third, n)),
    f32x4.sub(get(s, n), get(s + third, n)),
    to, matrix, n,
  );
  putColumn(
    f32x4.add(get(p + second, n), get(p + third, n)),
    f32x4.add(get(q + second, n), get(q + third, n)),
    f32x4.add(get(r + second, n), get(r + third, n)),
    f32x4.add(get(s + second, n), get(s + third, n)),
    to + matrix, matrix, n,
  );
  putColumn(
    f32x4.sub(get(p + third, n), get(p + second, n)),
    f32x4.sub(get(q + third, n), get(q + second, n)),
    f32x4.sub(get(r + third, n), get(r + second, n)),
    f32x4.sub(get(s + third, n), get(s + second, n)),
    to + 2 * matrix, matrix, n,
  );
  putColumn(
    f32x4.sub(get(p + second, n), get(p + fourth, n)),
    f32x4.sub(get(q + second, n), get(q + fourth, n)),
    f32x4.sub(get(r + second, n), get(r + fourth, n)),
    f32x4.sub(get(s + second, n), get(s + fourth, n)),
    to + 3 * matrix, matrix, n,
  );
}

/**
 * Bt d B of `count` tiles from number `first` on.
 *
 * @param images padded by one pixel
 * @param tileStep,matrixStep bytes in the result from one tile and from one of the 16 matrices to the
 *   next
 * @param places gets the distance in pixels of each tile's outputs from the first image's start; or 0
 */
export function transformTiles(
  images: usize,
  first: i32,
  count: i32,
  height: i32,
  width: i32,
  channels: i32,
  to: usize,
  tileStep: usize,
  matrixStep: usize,
  places: usize,
): void {
  const pixel = <usize>channels * 4;
  const row = <usize>(width + 2) * pixel;
  const across = width >> 1;
  const each = across * (height >> 1);
  // Rows of tiles, counted through all images.
  let y = first / across;
  let x = first - y * across;
  for (let i = 0; i < count; i++) {
    const number = (y * across) / each;
    let p = images + <usize>(2 * (y + number)) * row + <usize>(2 * x) * pixel;
    if (places) store<u32>(places + <usize>i * 4, 2 * (y * width + x));
    let o = to;
    let channel = 0;
    for (; channel + 4 <= channels; channel += 4) {
      transformTile(p, row, pixel, o, matrixStep, 4);
      p += 16;
      o += 16;
    }
    if (channel < channels) transformTile(p, row, pixel, o, matrixStep, channels - channel);
    to += tileStep;
    x++;
    if (x == across) {
      x = 0;
      y++;
    }
  }
}

// @ts-ignore: decorator
@inline
function finish(value: v128, to: usize, mode: i32, add: usize, mask: usize, n: i32): void {
  if (mode & ADD) value = f32x4.add(value, get(to + add, n));
  if (mode & MASK) value = where(get(to + mask, n), value);
  put(to, value, n);
}

/**
 * At m A of one tile and up to four channels.
 *
 * @param matrix bytes between the products, a constant
 */
// @ts-ignore: decorator
@inline
function gatherTile(
  m: usize,
  matrix: usize,
  to: usize,
  row: usize,
  pixel: usize,
  mode: i32,
  add: usize,
  mask: usize,
  n: i32,
): void {
  for (let odd = 0; odd < 2; odd++) {
    let a = v128.load(m);
    let b = v128.load(m + matrix);
    let c = v128.load(m + 2 * matrix);
    let d = v128.load(m + 3 * matrix);
    if (odd) {
      // From the second row of products on: second - third - fourth.
      a = f32x4.sub(f32x4.sub(a, v128.load(m + 4 * matrix)), v128.load(m + 8 * matrix));
      b = f32x4.sub(f32x4.sub(b, v128.load(m + 5 * matrix)), v128.load(m + 9 * matrix));
      c = f32x4.sub(f32x4.sub(c, v128.load(m + 6 * matrix)), v128.load(m + 10 * matrix));
      d = f32x4.sub(f32x4.sub(d, v128.load(m + 7 * matrix)), v128.load(m + 11 * matrix));
    } else {
      a = f32x4.add(f32x4.add(a, v128.load(m + 4 * matrix)), v128.load(m + 8 * matrix));
      b = f32x4.add(f32x4.add(b, v128.load(m + 5 * matrix)), v128.load(m + 9 * matrix));
      c = f32x4.add(f32x4.add(c, v128.load(m + 6 * matrix)), v128.load(m + 10 * matrix));
      d = f32x4.add(f32x4.add(d, v128.load(m + 7 * matrix)), v128.load(m + 11 * matrix));
    }
    finish(f32x4.add(f32x4.add(a, b), c), to, mode, add, mask, n);
    finish(f32x4.sub(f32x4.sub(b, c), d), to + pixel, mode, add, mask, n);
    m += 4 * matrix;
    to += row;
  }
}

export function gatherWide(
  m: usize,
  to: usize,
  row: usize,
  pixel: usize,
  mode: i32,
  add: usize,
  mask: usize,
): void {
  gatherTile(m, 128, to, row, pixel, mode, add, mask, 4);
  gatherTile(m + 16, 128, to + 16, row, pixel, mode, add, mask, 4);
}

export function gatherSlim(
  m: usize,
  to: usize,
  row: usize,
  pixel: usize,
  mode: i32,
  add: usize,
  mask: usize,
  n: i32,
): void {
  gatherTile(m, 64, to, row, pixel, mode, add, mask, n);
}
