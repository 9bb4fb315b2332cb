import { isLive } from './live';
import { groupAt, packedBytes, WIDE } from './pack';
import { gatherSlim, gatherWide, transformTiles } from './winograd-transform';

/*
 * Winograd's F(2x2, 3x3): two by two outputs of a 3x3 convolution from four by four inputs with 16
 * products per pair of channels in place of 36. Tiles of the input become 16 matrices
 * [tiles, inputs], the filter 16 matrices [inputs, outputs], and their 16 products the outputs:
 *
 *   Y = At [(G g Gt) * (Bt d B)] A
 *
 * What it costs is additions, in the transforms, and a bit or two of precision.
 */

/** Fewer channels than this and the transforms cost more than they save. */
const FEWEST: i32 = 8;

export function suitsWinograd(
  height: i32,
  width: i32,
  inputs: i32,
  outputs: i32,
  size: i32,
  stride: i32,
): bool {
  const even = ((height | width) & 1) == 0;
  return size == 3 && stride == 1 && even && inputs >= FEWEST && outputs >= FEWEST;
}

/** Tiles worked on together: they stay in the first cache where the channels are few. */
function tilesAtOnce(inputs: i32): i32 {
  return min(64, max(8, (512 / inputs) & ~3));
}

/** Images such that they have as many tiles together as are worked on at once. */
export function imagesAtOnce(height: i32, width: i32, inputs: i32): i32 {
  const each = (height >> 1) * (width >> 1);
  return max(1, tilesAtOnce(inputs) / each);
}

/** Bytes of the transformed filter, and of scratch space to make it. */
export function filterBytes(inputs: i32, outputs: i32): usize {
  return 25 * packedBytes(inputs, outputs);
}

/** Products of four tiles and eight outputs: `[16, 4, 8]`. */
const PRODUCTS: usize = 2048;

/** Bytes of scratch space that {@link winograd} needs: products, places and inputs of the tiles. */
export function tileBytes(inputs: i32): usize {
  return PRODUCTS + <usize>tilesAtOnce(inputs) * (<usize>inputs * 64 + 4);
}

/**
 * The 16 products of four tiles' inputs with a group of eight outputs. The loop is `tile.ts`'s.
 *
 * @param p0,p1,p2,p3 transformed tiles, 16 stretches of `length` bytes
 * @param to `[16, 4, 8]`
 */
function wideProducts(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  length: usize,
  filter: usize,
  to: usize,
): void {
  const last = to + 16 * 128;
  for (; to < last; to += 128) {
    let a0 = f32x4.splat(0);
    let a1 = f32x4.splat(0);
    let b0 = f32x4.splat(0);
    let b1 = f32x4.splat(0);
    let c0 = f32x4.splat(0);
    let c1 = f32x4.splat(0);
    let d0 = f32x4.splat(0);
    let d1 = f32x4.splat(0);
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
    v128.store(to, a0);
    v128.store(to, a1, 16);
    v128.store(to, b0, 32);
    v128.store(to, b1, 48);
    v128.store(to, c0, 64);
    v128.store(to, c1, 80);
    v128.store(to, d0, 96);
    v128.store(to, d1, 112);
  }
}

/** The same with up to four outputs. @param to `[16, 4, 4]` */
function slimProducts(
  p0: usize,
  p1: usize,
  p2: usize,
  p3: usize,
  length: usize,
  filter: usize,
  to: usize,
): void {
  const last = to + 16 * 64;
  for (; to < last; to += 64) {
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    const end = p0 + length;
    while (p0 < end) {
      const f = v128.load(filter);
      a = f32x4.add(a, f32x4.mul(v128.load_splat<f32>(p0), f));
      b = f32x4.add(b, f32x4.mul(v128.load_splat<f32>(p1), f));
      c = f32x4.add(c, f32x4.mul(v128.load_splat<f32>(p2), f));
      d = f32x4.add(d, f32x4.mul(v128.load_splat<f32>(p3), f));
      p0 += 4;
      p1 += 4;
      p2 += 4;
      p3 += 4;
      filter += 16;
    }
    v128.store(to, a);
    v128.store(to, b, 16);
    v128.store(to, c, 32);
    v128.store(to, d, 48);
  }
}

/**
 * A 3x3 convolution of stride 1.
 *
 * @param images padded by one pixel: `[count, height + 2, width + 2, inputs]`
 * @param filter of {@link transformFilter}
 * @param to `[count, height, width, outputs]`
 * @param mode,add,mask see `tile.ts`
 * @param live,each of the outputs, see `live.ts`
 */
export function winograd(
  images: usize,
  filter: usize,
  to: usize,
  space: usize,
  count: i32,
  height: i32,
  width: i32,
  inputs: i32,
  outputs: i32,
  mode: i32,
  add: usize,
  mask: usize,
  live: i32,
  each: i32,
): void {
  const most = tilesAtOnce(inputs);
  const total = count * (width >> 1) * (height >> 1);
  const pixel = <usize>outputs * 4;
  const row = <usize>width * pixel;
  const length = <usize>inputs * 4;
  const tileLength = 16 * length;
  const products = space;
  const places = products + PRODUCTS;
  const transformed = places + <usize>most * 4;
  for (let first = 0; first < total; first += most) {
    const tiles = min(most, total - first);
    transformTiles(
      images, first, tiles, height, width, inputs, transformed, tileLength, length, places,
    );
    for (let channel = 0; channel < outputs; ) {
      const n = groupAt(channel, outputs);
      if (!isLive(live, each, channel, n)) {
        channel += n;
        continue;
      }
      const group = filter + <usize>channel * tileLength;
      const o = to + <usize>channel * 4;
      for (let tile = 0; tile < tiles; tile += 4) {
        // The last four may count their last tile more than once.
        const more = tiles - tile - 1;
        const p0 = transformed + <usize>tile * tileLength;
        const p1 = p0 + <usize>min(1, more) * tileLength;
        const p2 = p0 + <usize>min(2, more) * tileLength;
        const p3 = p0 + <usize>min(3, more) * tileLength;
        const place = places + <usize>tile * 4;
        if (n == WIDE) {
          wideProducts(p0, p1, p2, p3, length, group, products);
          for (let i = 0; i <= min(3, more); i++) {
            const at = o + <usize>load<u32>(place + <usize>i * 4) * pixel;
            gatherWide(products + <usize>i * 32, at, row, pixel, mode, add, mask);
          }
        } else {
          slimProducts(p0, p1, p2, p3, length, group, products);
          for (let i = 0; i <= min(3, more); i++) {
            const at = o + <usize>load<u32>(place + <usize>i * 4) * pixel;
            gatherSlim(products + <usize>i * 16, at, row, pixel, mode, add, mask, n);
          }
        }
      }
      channel += n;
    }
  }
}
