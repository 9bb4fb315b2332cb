import type { ConvOptions } from '../../src/engine/fused/fused';
import {
  plus,
  at,
  channelsOf,
  columnSums,
  map,
  product,
  relu,
  sum,
  zeros,
  type NdArray,
  type Shape4,
} from './plain-array';

/*
 * The supernet's operations as one would write them down from their definitions: loops over float64
 * arrays, one element at a time. Slow, and the truth that every backend is held against.
 */

/** A convolution's output with what `moments` says of it. */
export interface PlainNormalised {
  readonly z: NdArray;
  readonly moments: NdArray;
}

/** PyTorch's default. */
const EPSILON = 1e-5;

/** Every product that a convolution sums: places in its input, its filter and its output. */
function eachProduct(
  xShape: readonly number[],
  filterShape: readonly number[],
  stride: number,
  visit: (x: number, filter: number, z: number) => void,
): void {
  const [batch, height, width, inputs] = xShape as Shape4;
  const [size, , , outputs] = filterShape as Shape4;
  const padding = (size - 1) / 2;
  const zShape = [batch, height / stride, width / stride, outputs] as const;
  for (let b = 0; b < batch; b++) {
    for (let row = 0; row < zShape[1]; row++) {
      for (let column = 0; column < zShape[2]; column++) {
        for (let i = 0; i < size; i++) {
          for (let j = 0; j < size; j++) {
            const y = row * stride + i - padding;
            const x = column * stride + j - padding;
            if (y < 0 || y >= height || x < 0 || x >= width) continue;
            for (let from = 0; from < inputs; from++) {
              for (let to = 0; to < outputs; to++) {
                visit(
                  at(xShape as Shape4, b, y, x, from),
                  at(filterShape as Shape4, i, j, from, to),
                  at(zShape, b, row, column, to),
                );
              }
            }
          }
        }
      }
    }
  }
}

export function conv(x: NdArray, filter: NdArray, options: ConvOptions): NdArray {
  const [batch, height, width] = x.shape as Shape4;
  const { stride } = options;
  const z = zeros([batch, height / stride, width / stride, channelsOf(filter)]);
  const read = options.relu ? relu(x) : x;
  eachProduct(x.shape, filter.shape, stride, (xi, fi, zi) => {
    z.values[zi]! += read.values[xi]! * filter.values[fi]!;
  });
  return z;
}

export function convInput(
  dz: NdArray,
  filter: NdArray,
  x: NdArray,
  addend: NdArray | null,
  options: ConvOptions,
): NdArray {
  const dx = zeros(x.shape);
  eachProduct(x.shape, filter.shape, options.stride, (xi, fi, zi) => {
    dx.values[xi]! += dz.values[zi]! * filter.values[fi]!;
  });
  const whole = addend ? plus(dx, addend) : dx;
  return options.relu ? map(whole, (value, i) => (x.values[i]! > 0 ? value : 0)) : whole;
}

export function convFilter(
  x: NdArray,
  dz: NdArray,
  filterShape: readonly number[],
  options: ConvOptions,
): NdArray {
  const gradient = zeros(filterShape);
  const read = options.relu ? relu(x) : x;
  eachProduct(x.shape, filterShape, options.stride, (xi, fi, zi) => {
    gradient.values[fi]! += read.values[xi]! * dz.values[zi]!;
  });
  return gradient;
}

export function moments(z: NdArray): NdArray {
  const channels = channelsOf(z);
  const result = zeros([2, channels]);
  for (let c = 0; c < channels; c++) {
    const column = z.values.filter((_, i) => i % channels === c);
    const mean = sum(column) / column.length;
    const variance = sum(column.map((value) => (value - mean) ** 2)) / column.length;
    result.values[c] = mean;
    result.values[channels + c] = 1 / Math.sqrt(variance + EPSILON);
  }
  return result;
}

/** z less its mean, over its deviation. */
export function normalised({ z, moments: { values } }: PlainNormalised): NdArray {
  const channels = channelsOf(z);
  return map(z, (value, i) => (value - values[i % channels]!) * values[channels + (i % channels)]!);
}

export function norm(
  n: PlainNormalised,
  scale: NdArray,
  shift: NdArray,
  addend: NdArray | null,
): NdArray {
  const channels = channelsOf(n.z);
  const y = map(
    normalised(n),
    (value, i) => value * scale.values[i % channels]! + shift.values[i % channels]!,
  );
  return addend ? plus(y, addend) : y;
}

export function normSums(n: PlainNormalised, g: NdArray): NdArray {
  const ofG = columnSums(g);
  const ofProduct = columnSums(product(g, normalised(n)));
  return { shape: [2, channelsOf(g)], values: Float64Array.of(...ofG, ...ofProduct) };
}

/** scale / deviation (g - mean(g) - zhat mean(g zhat)), the means from sums over the rows. */
export function normInput(n: PlainNormalised, scale: NdArray, sums: NdArray, g: NdArray): NdArray {
  const channels = channelsOf(n.z);
  const rows = n.z.values.length / channels;
  const zhat = normalised(n);
  return map(g, (value, i) => {
    const c = i % channels;
    const meanG = sums.values[c]! / rows;
    const meanProduct = sums.values[channels + c]! / rows;
    const gain = scale.values[c]! * n.moments.values[channels + c]!;
    return gain * (value - meanG - zhat.values[i]! * meanProduct);
  });
}

/** Every pixel with the pixel of the 2x2 average pool that it is a quarter of. */
function eachQuarter(shape: readonly number[], visit: (from: number, to: number) => void): void {
  const [batch, height, width, channels] = shape as Shape4;
  const half = [batch, height / 2, width / 2, channels] as const;
  for (let b = 0; b < batch; b++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        for (let c = 0; c < channels; c++) {
          visit(at(shape as Shape4, b, y, x, c), at(half, b, y >> 1, x >> 1, c));
        }
      }
    }
  }
}

export function pool2(x: NdArray): NdArray {
  const [batch, height, width, channels] = x.shape as Shape4;
  const y = zeros([batch, height / 2, width / 2, channels]);
  eachQuarter(x.shape, (from, to) => {
    y.values[to]! += x.values[from]! / 4;
  });
  return y;
}

export function pool2Input(dy: NdArray, addend: NdArray | null): NdArray {
  const [batch, height, width, channels] = dy.shape as Shape4;
  const dx = zeros([batch, 2 * height, 2 * width, channels]);
  eachQuarter(dx.shape, (from, to) => {
    dx.values[from] = dy.values[to]! / 4;
  });
  return addend ? plus(dx, addend) : dx;
}

export function headPool(n: PlainNormalised, scale: NdArray, shift: NdArray): NdArray {
  const [batch, height, width, channels] = n.z.shape as Shape4;
  const pooled = zeros([batch, channels]);
  relu(norm(n, scale, shift, null)).values.forEach((value, i) => {
    const image = Math.floor(i / (height * width * channels));
    pooled.values[image * channels + (i % channels)]! += value / (height * width);
  });
  return pooled;
}

export function headPoolInput(
  n: PlainNormalised,
  scale: NdArray,
  shift: NdArray,
  dPooled: NdArray,
): NdArray {
  const [, height, width, channels] = n.z.shape as Shape4;
  return map(norm(n, scale, shift, null), (value, i) => {
    const image = Math.floor(i / (height * width * channels));
    const dy = dPooled.values[image * channels + (i % channels)]!;
    return value > 0 ? dy / (height * width) : 0;
  });
}
