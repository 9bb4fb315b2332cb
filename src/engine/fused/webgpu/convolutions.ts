import type { Tensor } from '../../kernels';
import type { ConvOptions, MixPlan, Normalised } from '../fused';
import {
  allocateStored,
  channelsOf,
  expectShape,
  imagesOf,
  storedAs,
  type Context,
} from './context';
import { drawnPlaces, drawnTensors } from './drawn';
import { convForward, convParts } from './wgsl/conv';
import { convFilterParts, convFilterSum, filterChunks, filterPartsSize } from './wgsl/conv-filter';
import { inputGradient } from './wgsl/input';
import { momentsStride, momentsSum } from './wgsl/moments';
import { runOf } from './wgsl/run';
import { lanesOf } from './wgsl/vector';

/** Convolutions of one x by several filters of equal width, and their gradients. */
export class Convolutions {
  constructor(private readonly context: Context) {}

  readonly conv = (x: Tensor, filter: Tensor, options: ConvOptions): Tensor =>
    this.forward(x, [filter], options, null, null)[0]!;

  /**
   * Convolutions with their batch statistics. Their moments lie in one tensor.
   *
   * @param filters `[k, k, in, out]`, of one `out`
   */
  readonly convNorms = (
    x: Tensor,
    filters: readonly Tensor[],
    options: ConvOptions,
    plan: MixPlan | null = null,
  ): Normalised[] => {
    const { k } = this.context;
    const stride = momentsStride(channelsOf(filters[0]!));
    const moments = k.allocate([filters.length * stride]);
    const zs = this.forward(x, filters, options, moments, plan);
    return zs.map((z, j) => ({
      z,
      moments: k.part(moments, j * stride, [2, channelsOf(z)]),
    }));
  };

  readonly convInput = (
    dz: Tensor,
    filter: Tensor,
    x: Tensor,
    add: Tensor | null,
    { stride, relu }: ConvOptions,
  ): Tensor => {
    const { k, runner } = this.context;
    const { channels, ...images } = imagesOf(x);
    const outputs = channelsOf(dz);
    expectShape('The filter', filter, [filter.shape[0]!, filter.shape[0]!, channels, outputs]);
    expectShape('The gradient', dz, resultShape(x, outputs, stride));
    const dx = add ? k.view(add, x.shape) : k.allocate(x.shape);
    const shape = {
      conv: {
        ...images,
        inputs: channels,
        outputs,
        sizes: [filter.shape[0]!],
        stride,
        run: stride === 1 ? this.run(images, channels) : 1,
        drawn: null,
      },
      mask: relu,
      add: add ? ('masked' as const) : null,
      mix: null,
    };
    runner.launch('convInput', shape, inputGradient, [dx, dz, filter, ...(relu ? [x] : [])]);
    return dx;
  };

  readonly convFilter = (x: Tensor, dz: Tensor, into: Tensor, options: ConvOptions): void =>
    this.convFilters(x, [{ dz, into }], options);

  /** Gradients of several filters in one go. */
  readonly convFilters = (
    x: Tensor,
    filters: readonly { readonly dz: Tensor; readonly into: Tensor }[],
    { stride, relu }: ConvOptions,
    plan: MixPlan | null = null,
  ): void => {
    const { k, runner, threads } = this.context;
    const { channels, ...images } = imagesOf(x);
    const outputs = channelsOf(filters[0]!.dz);
    for (const { dz, into } of filters) {
      expectShape('The filter', into, [into.shape[0]!, into.shape[0]!, channels, outputs]);
      expectShape('The gradient', dz, resultShape(x, outputs, stride));
    }
    const dzs = filters.map(({ dz }) => dz);
    const intos = filters.map(({ into }) => into);
    const sizes = intos.map(({ shape }) => shape[0]!);
    const drawn = drawnPlaces(plan, outputs);
    const byEdge = drawn !== null && this.fewThreads;
    const whole = { ...images, inputs: channels, outputs, sizes, stride, relu, drawn, byEdge };
    const shape = { ...whole, chunks: filterChunks(whole, threads) };
    const parts = k.allocate([filterPartsSize(shape)]);
    runner.launch('convFilter', shape, convFilterParts, [
      x,
      ...dzs,
      parts,
      ...drawnTensors(plan, drawn),
    ]);
    runner.launch('convFilter sum', shape, convFilterSum, [parts, ...intos]);
    k.free(parts);
  };

  private forward(
    x: Tensor,
    filters: readonly Tensor[],
    { stride, relu }: ConvOptions,
    moments: Tensor | null,
    plan: MixPlan | null,
  ): Tensor[] {
    const { k, runner, threads } = this.context;
    const { channels, ...images } = imagesOf(x);
    const outputs = channelsOf(filters[0]!);
    for (const filter of filters) {
      expectShape('The filter', filter, [filter.shape[0]!, filter.shape[0]!, channels, outputs]);
    }
    const result = resultShape(x, outputs, stride);
    const zs = filters.map(() =>
      moments ? allocateStored(this.context, result, [channels, outputs]) : k.allocate(result),
    );
    const { height, width } = imagesOf(zs[0]!);
    const shape = {
      ...images,
      inputs: channels,
      outputs,
      sizes: filters.map((filter) => filter.shape[0]!),
      stride,
      relu,
      statistics: this.statistics(moments !== null),
      run: this.run({ batch: images.batch, height, width }, outputs),
      stored: storedAs(zs[0]!),
      threads: Math.max(1, Math.ceil((threads * lanesOf(outputs)) / outputs)),
      drawn: drawnPlaces(plan, outputs),
    };
    if (!moments) {
      runner.launch('conv', shape, convForward, [x, ...filters, ...zs]);
      return zs;
    }
    const rows = convParts(shape);
    const parts = k.allocate([filters.length * rows.parts * 2 * outputs]);
    const tensors = [x, ...filters, ...zs, parts, ...drawnTensors(plan, shape.drawn)];
    runner.launch('conv', shape, convForward, tensors);
    const sum = { tables: filters.length, channels: outputs, rows };
    runner.launch('moments sum', sum, momentsSum, [parts, moments]);
    k.free(parts);
    return zs;
  }

  private get fewThreads(): boolean {
    return this.context.threads < 2 ** 12;
  }

  /** A few threads have many pixels each; the barriers of a shared sum would cost them more. */
  private statistics(wanted: boolean): 'none' | 'thread' | 'workgroup' {
    if (!wanted) return 'none';
    return this.fewThreads ? 'thread' : 'workgroup';
  }

  private run(images: { batch: number; height: number; width: number }, channels: number): number {
    return runOf(images, channels / lanesOf(channels), this.context.threads);
  }
}

function resultShape(x: Tensor, outputs: number, stride: number): number[] {
  const { batch, height, width } = imagesOf(x);
  if (height % stride !== 0 || width % stride !== 0) {
    throw new RangeError(`[${x.shape.join()}] cannot be halved.`);
  }
  return [batch, height / stride, width / stride, outputs];
}
