import { clear, relu } from './lanes';
import { ALL, liveChannels, nextChannel } from './live';

/** Copies floats, through max(x, 0) if `rectify`; `bytes` is a multiple of 4. */
function copy(x: usize, to: usize, bytes: usize, rectify: bool): void {
  const end = to + bytes;
  const wide = to + (bytes & ~15);
  if (rectify) {
    for (; to < wide; to += 16, x += 16) v128.store(to, relu(v128.load(x)));
    for (; to < end; to += 4, x += 4) {
      const value = load<f32>(x);
      store<f32>(to, value < 0 ? 0 : value);
    }
  } else {
    for (; to < wide; to += 16, x += 16) v128.store(to, v128.load(x));
    for (; to < end; to += 4, x += 4) store<f32>(to, load<f32>(x));
  }
}

/** Bytes of an image with a border of `border` pixels. */
// @ts-ignore: decorator
@inline
export function paddedBytes(height: i32, width: i32, pixel: usize, border: i32): usize {
  return <usize>((height + 2 * border) * (width + 2 * border)) * pixel;
}

/**
 * Copies images and puts `border` pixels of zeros on all four sides of each, so that loops over a
 * window need no tests.
 *
 * @param pixel bytes of a pixel
 */
export function padImages(
  x: usize,
  to: usize,
  count: i32,
  height: i32,
  width: i32,
  pixel: usize,
  border: i32,
  rectify: bool,
): void {
  const image = <usize>(height * width) * pixel;
  const padded = paddedBytes(height, width, pixel, border);
  for (let i = 0; i < count; i++) {
    padImage(x, to, height, width, pixel, border, rectify);
    x += image;
    to += padded;
  }
}

function padImage(
  x: usize,
  to: usize,
  height: i32,
  width: i32,
  pixel: usize,
  border: i32,
  rectify: bool,
): void {
  const row = <usize>width * pixel;
  if (border == 0) {
    copy(x, to, <usize>height * row, rectify);
    return;
  }
  const edge = <usize>border * pixel;
  const padded = row + 2 * edge;
  clear(to, <usize>border * padded);
  to += <usize>border * padded;
  for (let y = 0; y < height; y++) {
    clear(to, edge);
    copy(x, to + edge, row, rectify);
    clear(to + edge + row, edge);
    to += padded;
    x += row;
  }
  clear(to, <usize>border * padded);
}

/**
 * {@link padImages} of the live channels alone, side by side.
 *
 * @param channels of x
 * @param live,each see `live.ts`
 */
export function padLive(
  x: usize,
  to: usize,
  count: i32,
  height: i32,
  width: i32,
  channels: i32,
  border: i32,
  live: i32,
  each: i32,
): void {
  if (live == ALL) {
    padImages(x, to, count, height, width, <usize>channels * 4, border, false);
    return;
  }
  const pixel = <usize>liveChannels(live, each, channels) * 4;
  const edge = <usize>border * pixel;
  const row = <usize>width * pixel + 2 * edge;
  for (let i = 0; i < count; i++) {
    clear(to, <usize>border * row);
    to += <usize>border * row;
    for (let y = 0; y < height; y++) {
      clear(to, edge);
      to += edge;
      for (let column = 0; column < width; column++) {
        let first = nextChannel(live, each, 0, channels, true);
        while (first < channels) {
          const end = nextChannel(live, each, first, channels, false);
          const bytes = <usize>(end - first) * 4;
          copy(x + <usize>first * 4, to, bytes, false);
          to += bytes;
          first = nextChannel(live, each, end, channels, true);
        }
        x += <usize>channels * 4;
      }
      clear(to, edge);
      to += edge;
    }
    clear(to, <usize>border * row);
    to += <usize>border * row;
  }
}
