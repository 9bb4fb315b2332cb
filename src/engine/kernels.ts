import {
  getKernel,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { PoolOptions } from './fused/branch';
import type { FusedKernels, Tensor } from './fused/fused';
import { sizeOf, Tensors } from './tensors';

export type { Tensor };
export { sizeOf };

interface ConvolutionOptions {
  readonly stride?: number;
  /** Zeros on every side; never SAME, which pads stride-2 convolutions on one side only. */
  readonly pad: number;
}

/**
 * The tensor operations that the supernet is made of, called straight on a backend's kernels.
 *
 * Going past tfjs's operation layer leaves out argument checks, the gradient tape and the scope
 * bookkeeping, which cost more than the arithmetic of most of these small tensors. The price is that
 * every result must be freed: {@link scope} does it for all that was made inside.
 *
 * Images are `[batch, height, width, channels]`; a *table* is the same memory seen as
 * `[batch * height * width, channels]`.
 */
export class Kernels extends Tensors {
  private fusedKernels: FusedKernels | null = null;

  /** The supernet's own operations on this backend. */
  get fused(): FusedKernels {
    if (!this.fusedKernels) throw new Error('No fused kernels are installed.');
    return this.fusedKernels;
  }

  install(fused: FusedKernels): void {
    this.fusedKernels = fused;
  }

  add = (a: TensorInfo, b: TensorInfo): TensorInfo => this.run('Add', { a, b });
  sub = (a: TensorInfo, b: TensorInfo): TensorInfo => this.run('Sub', { a, b });
  mul = (a: TensorInfo, b: TensorInfo): TensorInfo => this.run('Multiply', { a, b });
  div = (a: TensorInfo, b: TensorInfo): TensorInfo => this.run('RealDiv', { a, b });
  minimum = (a: TensorInfo, b: TensorInfo): TensorInfo => this.run('Minimum', { a, b });
  maximum = (a: TensorInfo, b: TensorInfo): TensorInfo => this.run('Maximum', { a, b });
  equal = (a: TensorInfo, b: TensorInfo): TensorInfo => this.run('Equal', { a, b });
  square = (x: TensorInfo): TensorInfo => this.run('Square', { x });
  sqrt = (x: TensorInfo): TensorInfo => this.run('Sqrt', { x });
  rsqrt = (x: TensorInfo): TensorInfo => this.run('Rsqrt', { x });
  exp = (x: TensorInfo): TensorInfo => this.run('Exp', { x });
  log = (x: TensorInfo): TensorInfo => this.run('Log', { x });
  relu = (x: TensorInfo): TensorInfo => this.run('Relu', { x });
  /** 1 where x > 0, else 0: ReLU's derivative. */
  step = (x: TensorInfo): TensorInfo => this.run('Step', { x }, { alpha: 0 });
  float = (x: TensorInfo): TensorInfo => this.run('Cast', { x }, { dtype: 'float32' });

  transpose = (x: TensorInfo, perm: readonly number[]): TensorInfo =>
    this.run('Transpose', { x }, { perm: [...perm] });

  /** `values` side by side along `axis`. */
  concat(values: readonly TensorInfo[], axis: number): TensorInfo {
    if (values.length === 1) return values[0]!;
    return this.run('Concat', [...values], { axis });
  }

  /** `size` elements of a vector from `offset` on, as a tensor of their own. */
  stretch(x: TensorInfo, offset: number, size: number): TensorInfo {
    if (this.name !== 'wasm') return this.slice(x, [offset], [size]);
    // The stock slice copies the whole vector first, whatever the stretch.
    const values = this.backend.readSync(x.dataId, offset, offset + size) as Float32Array;
    return this.upload(values, [size]);
  }

  private slice(x: TensorInfo, begin: readonly number[], size: readonly number[]): TensorInfo {
    return this.run('Slice', { x }, { begin: [...begin], size: [...size] });
  }

  /** `[m, k] x [k, n]`. */
  matmul(a: TensorInfo, b: TensorInfo): TensorInfo {
    const [m, k] = a.shape as [number, number];
    const [, n] = b.shape as [number, number];
    const product = this.run(
      'BatchMatMul',
      { a: this.view(a, [1, m, k]), b: this.view(b, [1, k, n]) },
      { transposeA: false, transposeB: false },
    );
    return this.view(product, [m, n]);
  }

  /** A table `[rows, parts * channels]` as `parts` tables `[rows, channels]`. Frees it. */
  splitChannels(x: TensorInfo, parts: number): TensorInfo[] {
    if (parts === 1) return [x];
    const pieces = this.channelParts(x, parts);
    this.free(x);
    return pieces;
  }

  /** The same, and leaves the table alone. @param parts at least two */
  channelParts(x: TensorInfo, parts: number): TensorInfo[] {
    const [rows, columns] = x.shape as [number, number];
    const channels = columns / parts;
    if (this.name !== 'wasm') {
      return Array.from({ length: parts }, (_, i) =>
        this.slice(x, [0, i * channels], [rows, channels]),
      );
    }
    // On wasm a slice across rows is a loop in JavaScript; a transpose makes the parts contiguous.
    const size = rows * channels;
    const parted = this.transpose(this.view(x, [rows, parts, channels]), [1, 0, 2]);
    const flat = this.view(parted, [parts * size]);
    const pieces = Array.from({ length: parts }, (_, i) =>
      this.view(this.stretch(flat, i * size, size), [rows, channels]),
    );
    this.free(parted);
    return pieces;
  }

  /** Tables `[rows, channels]` side by side. A single table is returned as it is. */
  joinChannels(tables: readonly TensorInfo[]): TensorInfo {
    const [rows, channels] = tables[0]!.shape as [number, number];
    if (tables.length === 1) return tables[0]!;
    if (this.name !== 'wasm') return this.concat(tables, 1);
    const flat = this.concat(
      tables.map((table) => this.view(table, [rows * channels])),
      0,
    );
    const joined = this.transpose(this.view(flat, [tables.length, rows, channels]), [1, 0, 2]);
    this.free(flat);
    return this.view(joined, [rows, tables.length * channels]);
  }

  /** Reduction over the last axis of a matrix, as a column `[rows, 1]`. */
  sumLast = (x: TensorInfo): TensorInfo => this.reduceLast('Sum', x);
  maxLast = (x: TensorInfo): TensorInfo => this.reduceLast('Max', x);

  argMaxLast = (x: TensorInfo): TensorInfo =>
    this.run('ArgMax', { x }, { axis: x.shape.length - 1 });

  /** Sum of every element, `[1]`. */
  sumAll(x: TensorInfo): TensorInfo {
    const size = sizeOf(x.shape);
    return this.view(this.sumLast(this.view(x, [1, size])), [1]);
  }

  /**
   * Column means of a table `[rows, columns]`, as `[columns]`.
   *
   * Written as average pools: they run at the speed of memory on every backend, where the
   * reductions over a leading axis are transposes or products that pack the whole table first. In
   * two levels, so that rounding errors grow with the square root of the number of rows and not with
   * the number.
   */
  meanRows(x: TensorInfo): TensorInfo {
    const [rows, columns] = x.shape as [number, number];
    const group = groupSize(rows);
    const first = this.meanColumn(x, rows / group, group * columns);
    if (group === 1) return this.view(first, [columns]);
    const means = this.meanColumn(first, group, columns);
    this.free(first);
    return this.view(means, [columns]);
  }

  private meanColumn(x: TensorInfo, rows: number, columns: number): TensorInfo {
    return this.run(
      'AvgPool',
      { x: this.view(x, [1, rows, 1, columns]) },
      { filterSize: [rows, 1], strides: [1, 1], pad: 'valid' },
    );
  }

  /** `table * scale + bias`, both per channel (`[channels]`). */
  affine(x: TensorInfo, scale: TensorInfo, bias: TensorInfo | null): TensorInfo {
    const [rows, channels] = x.shape as [number, number];
    if (this.name === 'wasm') {
      // A 1x1 depthwise convolution is the only stock wasm kernel that scales and shifts in one go.
      const y = this.run(
        'FusedDepthwiseConv2D',
        {
          x: this.view(x, [1, rows, 1, channels]),
          filter: this.view(scale, [1, 1, channels, 1]),
          ...(bias ? { bias } : {}),
        },
        {
          strides: [1, 1],
          pad: 'same',
          dataFormat: 'NHWC',
          dilations: [1, 1],
          activation: 'linear',
        },
      );
      return this.view(y, x.shape);
    }
    const scaled = this.mul(x, scale);
    if (!bias) return scaled;
    const y = this.add(scaled, bias);
    this.free(scaled);
    return y;
  }

  /** Convolution with a filter `[height, width, in, out]`. */
  conv(x: TensorInfo, filter: TensorInfo, options: ConvolutionOptions): TensorInfo {
    return this.run('Conv2D', { x, filter }, { ...convolution(options), dilations: [1, 1] });
  }

  /** Gradient of {@link conv} with respect to its input. */
  convInputGradient(
    dy: TensorInfo,
    filter: TensorInfo,
    inputShape: readonly number[],
    options: ConvolutionOptions,
  ): TensorInfo {
    const attrs = { ...convolution(options), inputShape: [...inputShape] };
    return this.run('Conv2DBackpropInput', { dy, filter }, attrs);
  }

  /** Gradient of {@link conv} with respect to its filter. */
  convFilterGradient(
    x: TensorInfo,
    dy: TensorInfo,
    filterShape: readonly number[],
    options: ConvolutionOptions,
  ): TensorInfo {
    const attrs = { ...convolution(options), filterShape: [...filterShape] };
    return this.run('Conv2DBackpropFilter', { x, dy }, attrs);
  }

  /** One filter `[height, width, channels, 1]` per channel, stride 1. */
  depthwise(x: TensorInfo, filter: TensorInfo): TensorInfo {
    return this.run(
      'DepthwiseConv2dNative',
      { x, filter },
      { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] },
    );
  }

  /** Average pool without padding. */
  averagePool(x: TensorInfo, size: number): TensorInfo {
    return this.run(
      'AvgPool',
      { x },
      { filterSize: [size, size], strides: [size, size], pad: 'valid' },
    );
  }

  /** Max pool with one pixel of padding on every side, which never wins. */
  maxPool(x: TensorInfo, options: PoolOptions): TensorInfo {
    return this.run('MaxPool', { x }, maxPool(options));
  }

  /** Gradient of {@link maxPool}. @param y its result */
  maxPoolGradient(dy: TensorInfo, x: TensorInfo, y: TensorInfo, options: PoolOptions): TensorInfo {
    return this.run('MaxPoolGrad', { dy, input: x, output: y }, maxPool(options));
  }

  private reduceLast(kernel: 'Sum' | 'Max', x: TensorInfo): TensorInfo {
    const attrs =
      kernel === 'Sum'
        ? { axis: [1], keepDims: false }
        : { reductionIndices: [1], keepDims: false };
    return this.view(this.run(kernel, { x }, attrs), [x.shape[0]!, 1]);
  }

  /** Runs a kernel of the backend. */
  protected run(
    kernel: string,
    inputs: Record<string, TensorInfo> | TensorInfo[],
    attrs: Record<string, unknown> = {},
  ): TensorInfo {
    const config = getKernel(kernel, this.name);
    if (!config) throw new Error(`The ${this.name} backend has no kernel ${kernel}.`);
    const result = config.kernelFunc({
      // Concat takes a list, whatever the type says.
      inputs: inputs as NamedTensorInfoMap,
      attrs: attrs as NamedAttrMap,
      backend: this.backend,
    });
    return this.adopt(result as TensorInfo);
  }
}

function maxPool({ size, stride }: PoolOptions) {
  return { filterSize: [size, size], strides: [stride, stride], pad: 1, dimRoundingMode: 'floor' };
}

function convolution({ stride = 1, pad }: ConvolutionOptions) {
  return { strides: [stride, stride], pad, dataFormat: 'NHWC', dimRoundingMode: undefined };
}

/** The largest power of two that divides `rows` and is at most its square root. */
function groupSize(rows: number): number {
  let group = 1;
  while (rows % (group * 2) === 0 && group * group * 4 <= rows) group *= 2;
  return group;
}
