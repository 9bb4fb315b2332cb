import { sizeOf, type Kernels } from '../../kernels';
import { RATE, type Clock } from '../fused';
import type {
  AdamState,
  ConvGradient,
  ConvOptions,
  FusedKernels,
  Journal,
  MixPlan,
  Normalised,
  SgdState,
  Tensor,
} from '../fused';
import { HostMethods } from '../host-methods';
import { HostPartial } from '../host-partial';
import { rowOf, tallyOnHost, trackOnHost } from '../host-steps';
import { WasmBranches } from './branches';
import { startCode, type WasmCode } from './code';
import { Heap, NONE } from './heap';
import { ALL, liveOf, type Live } from './live';
import { Mixtures } from './mixtures';
import { imageShape, tableShape } from './shape';

/**
 * The supernet's operations in SIMD code of our own (`assembly/`), on the memory of tfjs's wasm
 * backend: tensors are shared with it and not copied.
 */
export class WasmKernels implements FusedKernels {
  readonly augment = null;
  readonly branches: WasmBranches;
  readonly methods: HostMethods;
  readonly partial: HostPartial;
  private readonly mixtures: Mixtures;

  constructor(
    private readonly k: Kernels,
    private readonly heap: Heap,
    private readonly code: WasmCode,
  ) {
    this.mixtures = new Mixtures(heap, code);
    this.branches = new WasmBranches(k, heap, code);
    this.methods = new HostMethods(k);
    this.partial = new HostPartial(k);
  }

  zeros(shape: readonly number[]): Tensor {
    return this.heap.zeros(shape);
  }

  conv(x: Tensor, filter: Tensor, options: ConvOptions): Tensor {
    return this.convolve(x, filter, options, NONE, ALL);
  }

  /** @param sums where the moments of the result are gathered */
  private convolve(
    x: Tensor,
    filter: Tensor,
    { stride, relu }: ConvOptions,
    sums: number,
    live: Live,
  ): Tensor {
    const { heap, code } = this;
    const [batch, height, width, inputs] = imageShape(x);
    const [size, , , outputs] = imageShape(filter);
    const z = heap.make([batch, height / stride, width / stride, outputs]);
    const shape = [height, width, inputs, outputs, size, stride] as const;
    const { edges, each } = live;
    if (edges === 0) return z;
    heap.borrow(code.convSpace(...shape, edges, each), (space) => {
      const operands = [heap.at(x), heap.at(filter), heap.at(z), space];
      code.conv(...operands, batch, ...shape, Number(relu), sums, edges, each);
    });
    return z;
  }

  convInput(
    dz: Tensor,
    filter: Tensor,
    x: Tensor,
    add: Tensor | null,
    options: ConvOptions,
  ): Tensor {
    return this.inputOf(dz, filter, x, add, options, ALL);
  }

  private inputOf(
    dz: Tensor,
    filter: Tensor,
    x: Tensor,
    add: Tensor | null,
    { stride, relu }: ConvOptions,
    { edges, each }: Live,
  ): Tensor {
    const { heap, code } = this;
    const [batch, height, width, inputs] = imageShape(x);
    const [size, , , outputs] = imageShape(filter);
    const dx = heap.reuse(add, x.shape);
    const shape = [height, width, inputs, outputs, size, stride] as const;
    heap.borrow(code.convSpace(...shape, edges, each), (space) => {
      const mask = relu ? heap.at(x) : NONE;
      const operands = [heap.at(dz), heap.at(filter), heap.at(dx), heap.at(add)];
      code.convInput(...operands, mask, space, batch, ...shape, edges, each);
    });
    return dx;
  }

  convFilter(x: Tensor, dz: Tensor, into: Tensor, options: ConvOptions): void {
    this.filterOf(x, dz, into, options, ALL);
  }

  private filterOf(
    x: Tensor,
    dz: Tensor,
    into: Tensor,
    { stride, relu }: ConvOptions,
    { edges, each }: Live,
  ): void {
    if (edges === 0) {
      this.k.host(into).fill(0);
      return;
    }
    const { heap, code } = this;
    const [batch, height, width, inputs] = imageShape(x);
    const [size, , , outputs] = imageShape(into);
    heap.borrow(code.convFilterSpace(height, width, inputs, outputs, size, stride), (space) => {
      const operands = [heap.at(x), heap.at(dz), heap.at(into), space];
      const shape = [batch, height, width, inputs, outputs, size, stride];
      code.convFilter(...operands, ...shape, Number(relu), edges, each);
    });
  }

  moments(z: Tensor): Tensor {
    const { heap, code } = this;
    const [rows, channels] = tableShape(z);
    const moments = heap.make([2, channels]);
    heap.borrow(code.normSpace(channels), (space) => {
      code.moments(heap.at(z), heap.at(moments), space, rows, channels);
    });
    return moments;
  }

  track(moments: Tensor, running: Tensor, rows: number): void {
    // A few numbers for each norm: not worth code of its own.
    trackOnHost(this.k, moments, running, rows);
  }

  convNorms(
    x: Tensor,
    filters: readonly Tensor[],
    options: ConvOptions,
    plan: MixPlan | null = null,
  ): Normalised[] {
    const { heap, code } = this;
    return filters.map((filter, i) => {
      const channels = filter.shape[3]!;
      const live = liveOf(this.k, plan, i, channels);
      const moments = heap.make([2, channels]);
      const sums = heap.zeros([code.normSpace(channels) / 4]);
      // The moments of each block of rows are taken while it lies in the cache.
      const z = this.convolve(x, filter, options, heap.at(sums), live);
      code.finishMoments(heap.at(sums), heap.at(moments), tableShape(z)[0], channels);
      this.k.free(sums);
      return { z, moments };
    });
  }

  convFilters(
    x: Tensor,
    filters: readonly { readonly dz: Tensor; readonly into: Tensor }[],
    options: ConvOptions,
    plan: MixPlan | null = null,
  ): void {
    filters.forEach(({ dz, into }, i) => {
      const live = liveOf(this.k, plan, i, into.shape[3]!);
      this.filterOf(x, dz, into, options, live);
    });
  }

  norm({ z, moments }: Normalised, scale: Tensor, shift: Tensor, add: Tensor | null): Tensor {
    const { heap } = this;
    const y = heap.reuse(add, z.shape);
    const operands = [z, moments, scale, shift].map((tensor) => heap.at(tensor));
    this.code.norm(...operands, heap.at(add), heap.at(y), ...tableShape(z));
    return y;
  }

  normSums(
    { z, moments }: Normalised,
    g: Tensor,
    into: { scale: Tensor; shift: Tensor } | null,
  ): Tensor {
    const { heap, code } = this;
    const [rows, channels] = tableShape(z);
    const sums = heap.make([2, channels]);
    heap.borrow(code.normSpace(channels), (space) => {
      const operands = [z, moments, g, sums].map((tensor) => heap.at(tensor));
      code.normSums(...operands, space, rows, channels);
    });
    if (into) {
      this.k.assign(into.shift, this.k.part(sums, 0, [channels]));
      this.k.assign(into.scale, this.k.part(sums, channels, [channels]));
    }
    return sums;
  }

  normInput({ z, moments }: Normalised, scale: Tensor, sums: Tensor, g: Tensor): Tensor {
    const { heap } = this;
    const dz = heap.make(z.shape);
    const operands = [z, moments, scale, sums, g, dz].map((tensor) => heap.at(tensor));
    this.code.normInput(...operands, ...tableShape(z));
    return dz;
  }

  mix(...operands: Parameters<FusedKernels['mix']>): Tensor[] {
    return this.mixtures.mix(...operands);
  }

  mixSums(...operands: Parameters<FusedKernels['mixSums']>): Tensor {
    return this.mixtures.mixSums(...operands);
  }

  mixConvs(...operands: Parameters<FusedKernels['mixConvs']>): Tensor[] {
    return this.mixtures.mixConvs(...operands);
  }

  mixInput(...operands: Parameters<FusedKernels['mixInput']>): Tensor {
    return this.mixtures.mixInput(...operands);
  }

  sourceInput(
    x: Tensor,
    p: Tensor,
    convs: readonly ConvGradient[],
    dys: readonly Tensor[],
    plan: MixPlan,
  ): Tensor {
    let dx: Tensor | null = null;
    const drawn = convs
      .map((conv, i) => ({ ...conv, live: liveOf(this.k, plan, i, conv.filter.shape[3]!) }))
      .filter(({ live }) => live.edges !== 0);
    drawn.forEach(({ dz, filter, live }, i) => {
      // Only the sum over the convolutions passes the ReLU, so the last of them masks it.
      const options = { stride: 1, relu: i === drawn.length - 1 } as const;
      dx = this.inputOf(dz, filter, x, dx, options, live);
    });
    return this.mixInput(p, dys, dx, plan);
  }

  pool2(x: Tensor): Tensor {
    const [batch, height, width, channels] = imageShape(x);
    const y = this.heap.make([batch, height / 2, width / 2, channels]);
    this.code.pool2(this.heap.at(x), this.heap.at(y), batch, height, width, channels);
    return y;
  }

  pool2Input(dy: Tensor, add: Tensor | null): Tensor {
    const { heap } = this;
    const [batch, height, width, channels] = imageShape(dy);
    const shape = [batch, 2 * height, 2 * width, channels] as const;
    const dx = heap.reuse(add, shape);
    this.code.pool2Input(heap.at(dy), heap.at(add), heap.at(dx), ...shape);
    return dx;
  }

  headPool({ z, moments }: Normalised, scale: Tensor, shift: Tensor): Tensor {
    const { heap } = this;
    const [batch, height, width, channels] = imageShape(z);
    const pooled = heap.make([batch, channels]);
    const operands = [z, moments, scale, shift, pooled].map((tensor) => heap.at(tensor));
    this.code.headPool(...operands, batch, height * width, channels);
    return pooled;
  }

  headPoolInput({ z, moments }: Normalised, scale: Tensor, shift: Tensor, dPooled: Tensor): Tensor {
    const { heap } = this;
    const [batch, height, width, channels] = imageShape(z);
    const g = heap.make(z.shape);
    const operands = [z, moments, scale, shift, dPooled, g].map((tensor) => heap.at(tensor));
    this.code.headPoolInput(...operands, batch, height * width, channels);
    return g;
  }

  classify(pooled: Tensor, weight: Tensor, bias: Tensor, labels: Tensor) {
    const { heap } = this;
    const [batch, features] = tableShape(pooled);
    const classes = weight.shape[1]!;
    const logits = heap.make([batch, classes]);
    const scores = heap.make([2]);
    const dLogits = heap.make([batch, classes]);
    const tensors = [pooled, weight, bias, labels, logits, scores, dLogits];
    const operands = tensors.map((tensor) => heap.at(tensor));
    this.code.classify(...operands, batch, features, classes);
    return { logits, scores, dLogits };
  }

  classifyInput(dLogits: Tensor, weight: Tensor): Tensor {
    const { heap } = this;
    const [features, classes] = tableShape(weight);
    const batch = dLogits.shape[0]!;
    const dPooled = heap.make([batch, features]);
    const operands = [dLogits, weight, dPooled].map((tensor) => heap.at(tensor));
    this.code.classifyInput(...operands, batch, features, classes);
    return dPooled;
  }

  classifyWeights(pooled: Tensor, dLogits: Tensor, into: { weight: Tensor; bias: Tensor }): void {
    const [batch, features] = tableShape(pooled);
    const tensors = [pooled, dLogits, into.weight, into.bias];
    const operands = tensors.map((tensor) => this.heap.at(tensor));
    this.code.classifyWeights(...operands, batch, features, dLogits.shape[1]!);
  }

  softmax(alpha: Tensor): Tensor {
    const p = this.heap.make(alpha.shape);
    this.code.softmax(this.heap.at(alpha), this.heap.at(p), ...tableShape(alpha));
    return p;
  }

  softmaxInput(p: Tensor, dp: Tensor): Tensor {
    const { heap } = this;
    const gradient = heap.make(p.shape);
    this.code.softmaxInput(heap.at(p), heap.at(dp), heap.at(gradient), ...tableShape(p));
    return gradient;
  }

  sgd({ weights, momentum }: SgdState, gradient: Tensor, clock: Clock): Tensor {
    const { heap } = this;
    const norm = heap.make([1]);
    const operands = [weights, momentum, gradient, norm].map((tensor) => heap.at(tensor));
    const rates = rowOf(clock);
    const { plainMomentum } = RATE;
    const order = [RATE.weights, RATE.momentum, RATE.decay, RATE.clip, plainMomentum];
    const row = order.map((i) => rates[i]!);
    this.code.sgd(...operands, sizeOf(weights.shape), ...row);
    return norm;
  }

  adam({ alpha, first, second }: AdamState, gradient: Tensor, clock: Clock): void {
    const operands = [alpha, first, second, gradient].map((tensor) => this.heap.at(tensor));
    const rates = rowOf(clock);
    const { beta1, beta2, oneMinusBeta1, oneMinusBeta2, correction2, epsilon, l2 } = RATE;
    const order = [
      RATE.alpha,
      beta1,
      beta2,
      oneMinusBeta1,
      oneMinusBeta2,
      correction2,
      epsilon,
      l2,
    ];
    this.code.adam(...operands, sizeOf(alpha.shape), ...order.map((i) => rates[i]!));
  }

  tally(journal: Journal, clock: Clock, step: Parameters<FusedKernels['tally']>[2]): void {
    tallyOnHost(this.k, journal, clock, step);
  }

  run(_key: string, body: () => void): void {
    body();
  }

  forget(): void {
    // Nothing is captured here.
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  pace(): Promise<void> {
    return Promise.resolve();
  }
}

/** Compiles our code and starts it on the memory of tfjs's wasm backend. */
export async function loadWasmKernels(k: Kernels): Promise<WasmKernels> {
  const heap = new Heap(k);
  return new WasmKernels(k, heap, await startCode(heap.memory));
}
