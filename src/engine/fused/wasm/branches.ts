import { sizeOf, type Kernels } from '../../kernels';
import {
  pooledSide,
  rowGroups,
  type BranchKernels,
  type PoolOptions,
  type Rectified,
  type Weight,
} from '../branch';
import type { Tensor } from '../fused';
import type { WasmCode } from './code';
import { NONE, type Heap } from './heap';
import { imageShape, tableShape } from './shape';

/** {@link BranchKernels} in our SIMD code. */
export class WasmBranches implements BranchKernels {
  constructor(
    private readonly k: Kernels,
    private readonly heap: Heap,
    private readonly code: WasmCode,
  ) {}

  rectified({ z, moments, scale, shift }: Rectified, weight: Weight, add: Tensor | null): Tensor {
    const { heap } = this;
    const y = heap.reuse(add, z.shape);
    const operands = [z, moments, scale, shift].map((tensor) => heap.at(tensor));
    operands.push(this.entryOf(weight.p, weight), heap.at(add), heap.at(y));
    this.code.rectified(...operands, ...tableShape(z));
    return y;
  }

  rectifiedInput(
    { z, moments, scale, shift }: Rectified,
    weight: Weight,
    g: Tensor,
    dp: Tensor | null,
    into: { readonly scale: Tensor; readonly shift: Tensor } | null,
  ): Tensor {
    const { heap, code } = this;
    const [rows, channels] = tableShape(z);
    const sums = heap.make([2, channels]);
    const dz = heap.make(z.shape);
    heap.borrow(code.normSpace(channels), (space) => {
      const operands = [z, moments, scale, shift].map((tensor) => heap.at(tensor));
      operands.push(this.entryOf(weight.p, weight), heap.at(g), heap.at(sums));
      const results = [heap.at(into?.scale ?? null), heap.at(into?.shift ?? null)];
      code.rectifiedSums(...operands, this.entryOf(dp, weight), ...results, space, rows, channels);
    });
    const operands = [z, moments, scale, shift].map((tensor) => heap.at(tensor));
    operands.push(this.entryOf(weight.p, weight), heap.at(sums), heap.at(g), heap.at(dz));
    code.rectifiedInput(...operands, rows, channels);
    this.k.free(sums);
    return dz;
  }

  maxPool(x: Tensor, weight: Weight, options: PoolOptions): Tensor {
    const { heap, code } = this;
    const [batch, height, width, channels] = imageShape(x);
    const sides = [height, width].map((side) => pooledSide(side, options));
    const y = heap.make([batch, ...sides, channels]);
    const shape = [height, width, channels, options.size, options.stride];
    heap.borrow(code.maxPoolSpace(...shape), (space) => {
      const operands = [heap.at(x), this.entryOf(weight.p, weight), heap.at(y), space];
      code.maxPool(...operands, batch, ...shape);
    });
    return y;
  }

  maxPoolInput(
    x: Tensor,
    weight: Weight,
    g: Tensor,
    dp: Tensor | null,
    add: Tensor | null,
    { size, stride }: PoolOptions,
  ): Tensor {
    const { heap, code } = this;
    const dx = add ? heap.reuse(add, x.shape) : heap.zeros(x.shape);
    const [batch, ...pixels] = imageShape(x);
    heap.borrow(code.maxPoolSpace(...pixels, size, stride), (space) => {
      const operands = [heap.at(x), this.entryOf(weight.p, weight), heap.at(g)];
      operands.push(this.entryOf(dp, weight), heap.at(dx), space);
      code.maxPoolInput(...operands, batch, ...pixels, size, stride);
    });
    return dx;
  }

  join(parts: readonly Tensor[]): Tensor {
    const { heap, code } = this;
    const [batch, height, width, channels] = imageShape(parts[0]!);
    const joined = heap.make([batch, height, width, parts.length * channels]);
    const [rows, wide] = tableShape(joined);
    parts.forEach((part, i) => {
      const to = heap.at(joined) + 4 * i * channels;
      code.copyChannels(heap.at(part), to, rows, channels, wide, channels);
    });
    return joined;
  }

  split(x: Tensor, count: number): Tensor[] {
    const { heap, code } = this;
    const [batch, height, width, wide] = imageShape(x);
    const channels = wide / count;
    return Array.from({ length: count }, (_, i) => {
      const part = heap.make([batch, height, width, channels]);
      const from = heap.at(x) + 4 * i * channels;
      code.copyChannels(from, heap.at(part), tableShape(x)[0], wide, channels, channels);
      return part;
    });
  }

  pixelMean(x: Tensor): Tensor {
    const [batch, height, width, channels] = imageShape(x);
    const means = this.heap.make([batch, channels]);
    this.code.pixelMean(this.heap.at(x), this.heap.at(means), batch, height * width, channels);
    return means;
  }

  pixelMeanInput(dMeans: Tensor, shape: readonly number[]): Tensor {
    const dx = this.heap.make(shape);
    const [batch, height, width, channels] = imageShape(dx);
    const operands = [this.heap.at(dMeans), this.heap.at(dx)];
    this.code.pixelMeanInput(...operands, batch, height * width, channels);
    return dx;
  }

  softmaxRows(alpha: Tensor, lengths: readonly number[]): Tensor {
    const { heap, code, k } = this;
    const size = sizeOf(alpha.shape);
    const p = heap.make([size + 1]);
    for (const { offset, rows, columns } of rowGroups(lengths)) {
      code.softmax(heap.at(alpha) + 4 * offset, heap.at(p) + 4 * offset, rows, columns);
    }
    k.host(p)[size] = 1;
    return p;
  }

  softmaxRowsInput(p: Tensor, dp: Tensor, lengths: readonly number[]): Tensor {
    const { heap, code } = this;
    const gradient = heap.make([sizeOf(p.shape) - 1]);
    const tensors = [p, dp, gradient];
    for (const { offset, rows, columns } of rowGroups(lengths)) {
      const operands = tensors.map((tensor) => heap.at(tensor) + 4 * offset);
      code.softmaxInput(...operands, rows, columns);
    }
    return gradient;
  }

  /** Address of a weight, or of its place in the gradient. */
  private entryOf(vector: Tensor | null, { entry }: Weight): number {
    return vector ? this.heap.at(vector) + 4 * entry : NONE;
  }
}
