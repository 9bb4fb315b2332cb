import { clear } from './lanes';
import { nextChannel } from './live';
import { padImages, paddedBytes } from './pad';
import { addProducts } from './products';
import { suitsWinograd } from './winograd';
import { convFilterWinograd, filterWinogradBytes } from './winograd-filter';

/** Pixels whose products are summed in registers before they are added to the gradient. */
const STRETCH: i32 = 64;

function blockImages(pixels: i32): i32 {
  return max(1, STRETCH / pixels);
}

/** Bytes of scratch space that {@link convFilter} needs. */
export function convFilterSpace(
  height: i32,
  width: i32,
  inputs: i32,
  outputs: i32,
  size: i32,
  stride: i32,
): usize {
  if (suitsWinograd(height, width, inputs, outputs, size, stride)) {
    return filterWinogradBytes(height, width, inputs, outputs);
  }
  const pixels = (height / stride) * (width / stride);
  return <usize>blockImages(pixels) * paddedBytes(height, width, <usize>inputs * 4, size >> 1);
}

/**
 * @param x `[batch, height, width, inputs]`
 * @param dz `[batch, height / stride, width / stride, outputs]`
 * @param into `[size, size, inputs, outputs]`
 * @param live,each of the outputs, see `live.ts`; the gradient of the others is 0
 */
export function convFilter(
  x: usize,
  dz: usize,
  into: usize,
  space: usize,
  batch: i32,
  height: i32,
  width: i32,
  inputs: i32,
  outputs: i32,
  size: i32,
  stride: i32,
  rectify: bool,
  live: i32,
  each: i32,
): void {
  if (suitsWinograd(height, width, inputs, outputs, size, stride)) {
    convFilterWinograd(
      x, dz, into, space, batch, height, width, inputs, outputs, rectify, live, each,
    );
    return;
  }
  if (size == 1 && stride == 1) {
    width *= height;
    height = 1;
  }
  const border = size >> 1;
  const pixel = <usize>inputs * 4;
  const row = <usize>(width + 2 * border) * pixel;
  const image = paddedBytes(height, width, pixel, border);
  const xImage = <usize>(height * width) * pixel;
  const high = height / stride;
  const wide = width / stride;
  const dzPixel = <usize>outputs * 4;
  const dzRow = <usize>wide * dzPixel;
  const dzImage = <usize>high * dzRow;
  const block = blockImages(high * wide);
  const strip = min(high, max(1, STRETCH / wide));
  clear(into, <usize>(size * size * inputs) * dzPixel);
  for (let first = 0; first < batch; first += block) {
    const count = min(block, batch - first);
    padImages(x + <usize>first * xImage, space, count, height, width, pixel, border, rectify);
    const g = dz + <usize>first * dzImage;
    for (let y = 0; y < high; y += strip) {
      const rows = min(strip, high - y);
      for (let tap = 0; tap < size * size; tap++) {
        const tapY = tap / size;
        const tapX = tap - tapY * size;
        const corner = space + <usize>(y * stride + tapY) * row + <usize>tapX * pixel;
        let start = nextChannel(live, each, 0, outputs, true);
        while (start < outputs) {
          const end = nextChannel(live, each, start, outputs, false);
          const place = <usize>start * 4;
          addProducts(
            corner, <usize>stride * pixel, <usize>stride * row, image,
            g + <usize>y * dzRow + place, dzPixel, dzRow, dzImage, count, rows,
            inputs, outputs, end - start, into + <usize>(tap * inputs) * dzPixel + place,
          );
          start = nextChannel(live, each, end, outputs, true);
        }
      }
    }
  }
}
