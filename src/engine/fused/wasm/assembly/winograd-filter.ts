import { clear, get, put } from './lanes';
import { nextChannel } from './live';
import { padImages, paddedBytes } from './pad';
import { addProducts } from './products';
import { transformTiles } from './winograd-transform';

/*
 * The filter gradient of a 3x3 convolution by the transpose of Winograd's F(2x2, 3x3): tiles of x
 * become 16 matrices [tiles, inputs], those of dz 16 matrices [tiles, outputs], and
 *
 *   dg = Gt [sum over the tiles of (Bt d B) x (A dy At)] G
 */

/** Tiles whose products are summed in registers before they are added to the gradient. */
function tilesAtOnce(inputs: i32, outputs: i32): i32 {
  return min(64, max(16, (4096 / (inputs + outputs)) & ~3));
}

function imagesAtOnce(height: i32, width: i32, inputs: i32, outputs: i32): i32 {
  return max(1, tilesAtOnce(inputs, outputs) / ((height >> 1) * (width >> 1)));
}

/** Bytes from one of the 16 matrices to the next, such that they do not share cache lines. */
function matrixBytes(tiles: i32, columns: i32): usize {
  return <usize>(tiles * columns) * 4 + 64;
}

/** Bytes of scratch space that {@link convFilterWinograd} needs. */
export function filterWinogradBytes(height: i32, width: i32, inputs: i32, outputs: i32): usize {
  const tiles = tilesAtOnce(inputs, outputs);
  const images = <usize>imagesAtOnce(height, width, inputs, outputs);
  return (
    images * paddedBytes(height, width, <usize>inputs * 4, 1) +
    16 * (matrixBytes(tiles, inputs) + matrixBytes(tiles, outputs)) +
    <usize>(16 * inputs * outputs + 4) * 4
  );
}

/** A dy At of one tile and up to four channels. */
// @ts-ignore: decorator
@inline
function spreadTile(dz: usize, row: usize, pixel: usize, to: usize, matrix: usize, n: i32): void {
  const a = get(dz, n);
  const b = get(dz + pixel, n);
  const c = get(dz + row, n);
  const d = get(dz + row + pixel, n);
  putRow(a, b, to, matrix, n);
  putRow(f32x4.add(a, c), f32x4.add(b, d), to + 4 * matrix, matrix, n);
  putRow(f32x4.sub(a, c), f32x4.sub(b, d), to + 8 * matrix, matrix, n);
  putRow(f32x4.neg(c), f32x4.neg(d), to + 12 * matrix, matrix, n);
}

// @ts-ignore: decorator
@inline
function putRow(a: v128, b: v128, to: usize, matrix: usize, n: i32): void {
  put(to, a, n);
  put(to + matrix, f32x4.add(a, b), n);
  put(to + 2 * matrix, f32x4.sub(a, b), n);
  put(to + 3 * matrix, f32x4.neg(b), n);
}

/**
 * A dy At of `count` tiles from number `first` on, as 16 matrices `[count, channels]`: the columns from
 * `start` to `end`.
 */
function spreadTiles(
  dz: usize,
  first: i32,
  count: i32,
  width: i32,
  channels: i32,
  start: i32,
  end: i32,
  to: usize,
  matrix: usize,
): void {
  const pixel = <usize>channels * 4;
  const row = <usize>width * pixel;
  const across = width >> 1;
  let y = first / across;
  let x = first - y * across;
  for (let i = 0; i < count; i++) {
    let from = dz + <usize>(2 * y) * row + <usize>(2 * x) * pixel + <usize>start * 4;
    let o = to + <usize>start * 4;
    let channel = start;
    for (; channel + 4 <= end; channel += 4) {
      spreadTile(from, row, pixel, o, matrix, 4);
      from += 16;
      o += 16;
    }
    if (channel < end) spreadTile(from, row, pixel, o, matrix, end - channel);
    to += pixel;
    x++;
    if (x == across) {
      x = 0;
      y++;
    }
  }
}

/** Gt u G of up to four pairs of channels: 16 values `step` bytes apart become 9. */
// @ts-ignore: decorator
@inline
function gatherTaps(u: usize, step: usize, to: usize, n: i32): void {
  const half = f32x4.splat(0.5);
  for (let row = 0; row < 3; row++) {
    let a: v128, b: v128, c: v128, d: v128;
    if (row == 1) {
      const q = u + 4 * step;
      const r = u + 8 * step;
      a = f32x4.mul(f32x4.sub(get(q, n), get(r, n)), half);
      b = f32x4.mul(f32x4.sub(get(q + step, n), get(r + step, n)), half);
      c = f32x4.mul(f32x4.sub(get(q + 2 * step, n), get(r + 2 * step, n)), half);
      d = f32x4.mul(f32x4.sub(get(q + 3 * step, n), get(r + 3 * step, n)), half);
    } else {
      const p = row == 0 ? u : u + 12 * step;
      const q = u + 4 * step;
      const r = u + 8 * step;
      const one = step;
      const two = 2 * step;
      const three = 3 * step;
      a = f32x4.add(get(p, n), f32x4.mul(f32x4.add(get(q, n), get(r, n)), half));
      b = f32x4.add(get(p + one, n), f32x4.mul(f32x4.add(get(q + one, n), get(r + one, n)), half));
      c = f32x4.add(get(p + two, n), f32x4.mul(f32x4.add(get(q + two, n), get(r + two, n)), half));
      d = f32x4.add(
        get(p + three, n),
        f32x4.mul(f32x4.add(get(q + three, n), get(r + three, n)), half),
      );
    }
    const middle = f32x4.mul(f32x4.add(b, c), half);
    put(to, f32x4.add(a, middle), n);
    put(to + step, f32x4.mul(f32x4.sub(b, c), half), n);
    put(to + 2 * step, f32x4.add(middle, d), n);
    to += 3 * step;
  }
}

/** See `convFilter`; for shapes that suit Winograd. */
export function convFilterWinograd(
  x: usize,
  dz: usize,
  into: usize,
  space: usize,
  batch: i32,
  height: i32,
  width: i32,
  inputs: i32,
  outputs: i32,
  rectify: bool,
  live: i32,
  each: i32,
): void {
  const most = tilesAtOnce(inputs, outputs);
  const block = imagesAtOnce(height, width, inputs, outputs);
  const xPixel = <usize>inputs * 4;
  const dzPixel = <usize>outputs * 4;
  const pixels = <usize>(height * width);
  const xMatrix = matrixBytes(most, inputs);
  const dzMatrix = matrixBytes(most, outputs);
  const pairs = <usize>(inputs * outputs) * 4;
  const xTiles = space + <usize>block * paddedBytes(height, width, xPixel, 1);
  const dzTiles = xTiles + 16 * xMatrix;
  const gradient = dzTiles + 16 * dzMatrix;
  clear(gradient, 16 * pairs);
  for (let start = 0; start < batch; start += block) {
    const count = min(block, batch - start);
    const from = x + <usize>start * pixels * xPixel;
    const g = dz + <usize>start * pixels * dzPixel;
    padImages(from, space, count, height, width, xPixel, 1, rectify);
    const total = count * (height >> 1) * (width >> 1);
    for (let first = 0; first < total; first += most) {
      const tiles = min(most, total - first);
      transformTiles(space, first, tiles, height, width, inputs, xTiles, xPixel, xMatrix, 0);
      let channel = nextChannel(live, each, 0, outputs, true);
      while (channel < outputs) {
        const end = nextChannel(live, each, channel, outputs, false);
        const place = <usize>channel * 4;
        spreadTiles(g, first, tiles, width, outputs, channel, end, dzTiles, dzMatrix);
        for (let k: usize = 0; k < 16; k++) {
          addProducts(
            xTiles + k * xMatrix, xPixel, 0, 0,
            dzTiles + k * dzMatrix + place, dzPixel, <usize>tiles * dzPixel, 0, 1, 1,
            inputs, outputs, end - channel, gradient + k * pairs + place,
          );
        }
        channel = nextChannel(live, each, end, outputs, true);
      }
    }
  }
  let at: usize = 0;
  for (; at + 16 <= pairs; at += 16) gatherTaps(gradient + at, pairs, into + at, 4);
  if (at < pairs) gatherTaps(gradient + at, pairs, into + at, <i32>(pairs - at) / 4);
}
