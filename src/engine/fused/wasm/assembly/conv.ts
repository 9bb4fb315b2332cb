import { ALL, isLive, liveChannels } from './live';
import { addMoments } from './moments';
import { groupAt, pack, packedBytes, packTurned } from './pack';
import { padImages, padLive, paddedBytes } from './pad';
import { ADD, MASK, sweep } from './tile';
import {
  filterBytes,
  imagesAtOnce,
  suitsWinograd,
  tileBytes,
  winograd,
} from './winograd';
import { transformFilter } from './winograd-transform';

/** Padded images of so many bytes are worked on together: they stay in the first cache. */
const BLOCK: usize = 12288;

function blockImages(bytes: usize): i32 {
  return max(1, <i32>(BLOCK / bytes));
}

/**
 * Bytes of scratch space that {@link conv} and {@link convInput} need.
 *
 * @param live,each of the outputs, see `live.ts`
 */
export function convSpace(
  height: i32,
  width: i32,
  inputs: i32,
  outputs: i32,
  size: i32,
  stride: i32,
  live: i32,
  each: i32,
): usize {
  if (suitsWinograd(height, width, inputs, outputs, size, stride)) {
    return max(
      winogradSpace(height, width, inputs, outputs),
      winogradSpace(height, width, liveChannels(live, each, outputs), inputs),
    );
  }
  const border = size >> 1;
  const filters = packedBytes(size * size * inputs, outputs);
  const turned = packedBytes(size * size * outputs, inputs);
  const x = paddedBytes(height, width, <usize>inputs * 4, border);
  const dz = paddedBytes(height / stride, width / stride, <usize>outputs * 4, border);
  return max(filters + <usize>blockImages(x) * x, turned + <usize>blockImages(dz) * dz);
}

function winogradSpace(height: i32, width: i32, inputs: i32, outputs: i32): usize {
  const images = <usize>imagesAtOnce(height, width, inputs);
  const padded = images * paddedBytes(height, width, <usize>inputs * 4, 1);
  return filterBytes(inputs, outputs) + tileBytes(inputs) + padded;
}

/**
 * A 3x3 convolution of stride 1, the filter turned or not.
 *
 * @param live,each of the outputs, see `live.ts`, or of the inputs if the filter is turned
 */
function convWinograd(
  x: usize,
  filter: usize,
  turned: bool,
  to: usize,
  space: usize,
  batch: i32,
  height: i32,
  width: i32,
  inputs: i32,
  outputs: i32,
  rectify: bool,
  mode: i32,
  add: usize,
  mask: usize,
  sums: usize,
  live: i32,
  each: i32,
): void {
  const pixel = <usize>inputs * 4;
  const image = <usize>(height * width) * pixel;
  const toImage = <usize>(height * width * outputs) * 4;
  const read = turned ? liveChannels(live, each, inputs) : inputs;
  const written = turned ? ALL : live;
  const tiles = space + filterBytes(read, outputs);
  const padded = tiles + tileBytes(read);
  const block = imagesAtOnce(height, width, read);
  transformFilter(filter, space, inputs, outputs, turned, live, each);
  for (let first = 0; first < batch; first += block) {
    const count = min(block, batch - first);
    const from = x + <usize>first * image;
    const o = to + <usize>first * toImage;
    if (turned) padLive(from, padded, count, height, width, inputs, 1, live, each);
    else padImages(from, padded, count, height, width, pixel, 1, rectify);
    winograd(
      padded, space, o, tiles, count, height, width, read, outputs, mode, add, mask,
      written, each,
    );
    if (!sums) continue;
    const rows = height * width;
    addMoments(o, sums, first * rows, count * rows, outputs, live, each);
  }
}

/**
 * @param x `[batch, height, width, inputs]`
 * @param filter `[size, size, inputs, outputs]`, size 1 or 3
 * @param z `[batch, height / stride, width / stride, outputs]`
 * @param sums gets the moments of z, see `addMoments`: zeros at first; or 0
 * @param live,each of the outputs, see `live.ts`
 */
export function conv(
  x: usize,
  filter: usize,
  z: usize,
  space: usize,
  batch: i32,
  height: i32,
  width: i32,
  inputs: i32,
  outputs: i32,
  size: i32,
  stride: i32,
  rectify: bool,
  sums: usize,
  live: i32,
  each: i32,
): void {
  if (suitsWinograd(height, width, inputs, outputs, size, stride)) {
    convWinograd(
      x, filter, false, z, space, batch, height, width, inputs, outputs, rectify,
      0, 0, 0, sums, live, each,
    );
    return;
  }
  const border = size >> 1;
  const window = size * size * inputs;
  pack(filter, space, window, outputs, live, each);
  const padded = space + packedBytes(window, outputs);
  const pixel = <usize>inputs * 4;
  const row = <usize>(width + 2 * border) * pixel;
  const image = paddedBytes(height, width, pixel, border);
  const high = height / stride;
  const wide = width / stride;
  const zPixel = <usize>outputs * 4;
  const zImage = <usize>(high * wide) * zPixel;
  const xImage = <usize>(height * width) * pixel;
  const block = blockImages(image);
  for (let first = 0; first < batch; first += block) {
    const count = min(block, batch - first);
    let images = x + <usize>first * xImage;
    if (border > 0 || rectify) {
      padImages(images, padded, count, height, width, pixel, border, rectify);
      images = padded;
    }
    for (let channel = 0; channel < outputs; ) {
      const n = groupAt(channel, outputs);
      if (!isLive(live, each, channel, n)) {
        channel += n;
        continue;
      }
      const group = space + <usize>(channel * window) * 4;
      for (let i = 0; i < count; i++) {
        sweep(
          images + <usize>i * image,
          <usize>stride * row,
          <usize>stride * pixel,
          size,
          <usize>size * pixel,
          row,
          group,
          z + <usize>(first + i) * zImage + <usize>channel * 4,
          <usize>wide * zPixel,
          zPixel,
          high,
          wide,
          0,
          0,
          0,
          n,
        );
      }
      channel += n;
    }
    if (sums) {
      const pixels = high * wide;
      const from = z + <usize>first * zImage;
      addMoments(from, sums, first * pixels, count * pixels, outputs, live, each);
    }
  }
}

/**
 * Gradient with respect to x: for stride 1 a convolution of dz with the filter turned by half a turn;
 * for stride 2 four of them, one for each parity of row and column, with the taps that meet there.
 *
 * @param dx `[batch, height, width, inputs]`; may be `add` itself
 * @param add of dx's shape, or 0
 * @param x masks the result, or 0
 * @param live,each of the outputs, see `live.ts`; not all of them with a stride of 1 alone
 */
export function convInput(
  dz: usize,
  filter: usize,
  dx: usize,
  add: usize,
  x: usize,
  space: usize,
  batch: i32,
  height: i32,
  width: i32,
  inputs: i32,
  outputs: i32,
  size: i32,
  stride: i32,
  live: i32,
  each: i32,
): void {
  const mode = (add != 0 ? ADD : 0) | (x != 0 ? MASK : 0);
  if (suitsWinograd(height, width, inputs, outputs, size, stride)) {
    convWinograd(
      dz, filter, true, dx, space, batch, height, width, outputs, inputs, false,
      mode, add - dx, x - dx, 0, live, each,
    );
    return;
  }
  const border = size >> 1;
  const high = height / stride;
  const wide = width / stride;
  const read = liveChannels(live, each, outputs);
  const pixel = <usize>read * 4;
  const row = <usize>(wide + 2 * border) * pixel;
  const image = paddedBytes(high, wide, pixel, border);
  const dzImage = <usize>(high * wide * outputs) * 4;
  const dxPixel = <usize>inputs * 4;
  const dxImage = <usize>(height * width) * dxPixel;
  const padded = space + packedBytes(size * size * outputs, inputs);
  const block = blockImages(paddedBytes(high, wide, <usize>outputs * 4, border));
  for (let odd = 0; odd < stride * stride; odd++) {
    const oddY = odd >> 1;
    const oddX = odd & 1;
    // The last tap that meets this row (column), how many do, and where its window starts in dz.
    const tapY = stride == 1 ? size - 1 : lastTap(oddY, size);
    const tapX = stride == 1 ? size - 1 : lastTap(oddX, size);
    const countY = tapY < 0 ? 0 : tapY / stride + 1;
    const countX = tapX < 0 ? 0 : tapX / stride + 1;
    const startY = stride == 1 || tapY < 0 ? 0 : border + (oddY + border - tapY) / 2;
    const startX = stride == 1 || tapX < 0 ? 0 : border + (oddX + border - tapX) / 2;
    const window = countY * countX * read;
    packTurned(
      filter, space, size, inputs, outputs, tapY, countY, tapX, countX, stride, live, each,
    );
    const start = <usize>startY * row + <usize>startX * pixel;
    const to = dx + <usize>(oddY * width + oddX) * dxPixel;
    for (let first = 0; first < batch; first += block) {
      const count = min(block, batch - first);
      let images = dz + <usize>first * dzImage;
      if (border > 0 || live != ALL) {
        padLive(images, padded, count, high, wide, outputs, border, live, each);
        images = padded;
      }
      for (let channel = 0; channel < inputs; ) {
        const n = groupAt(channel, inputs);
        const group = space + <usize>(channel * window) * 4;
        for (let i = 0; i < count; i++) {
          sweep(
            images + <usize>i * image + start,
            row,
            pixel,
            countX > 0 ? countY : 0,
            <usize>countX * pixel,
            row,
            group,
            to + <usize>(first + i) * dxImage + <usize>channel * 4,
            <usize>(stride * width) * dxPixel,
            <usize>stride * dxPixel,
            high,
            wide,
            mode,
            add - dx,
            x - dx,
            n,
          );
        }
        channel += n;
      }
    }
  }
}

/** The last filter row that meets an even (odd) row of x when the stride is 2; -1: none does. */
function lastTap(odd: i32, size: i32): i32 {
  const last = size - 1;
  return ((odd + (size >> 1) - last) & 1) == 0 ? last : last - 1;
}
