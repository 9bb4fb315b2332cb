import { CountingBranches } from './counting-branches';
import { CountedKernels } from './counted-kernels';
import { CountingMethods } from './counting-methods';
import { CountingPartial } from './counting-partial';
import type { ConvOptions, FusedKernels, MixPlan, Normalised, Tensor } from './fused/fused';
import { Arena } from './fused/webgpu/arena';
import type { Tuning } from './fused/webgpu/context';
import { WebGpuOperations } from './fused/webgpu/operations';
import { PlainBranches } from './fused/plain-branches';
import type { Kernels } from './kernels';
import { sizeOf } from './kernels';
import type { Backend } from './tensors';

/** Kernels that compute nothing and hold nothing, by going through the same code as the real ones. */
export interface Counting {
  readonly k: Kernels;
  /** Bytes of all buffers that exist by now, in use or waiting to serve again. */
  readonly bufferBytes: () => number;
}

/** @param gpu how our WebGPU kernels are cut to the device; null: count tensors of other backends */
export function countingKernels(gpu: Tuning | null): Counting {
  const arena = new Arena<Counted>();
  let bytes = 0;
  const backend = {
    write: (_values: unknown, shape: number[]): Counted => {
      const size = 4 * sizeOf(shape);
      const released = arena.take(size);
      if (released) return released;
      bytes += size;
      return { size };
    },
    uploadToGPU: () => undefined,
    disposeData: (buffer: Counted) => arena.put(buffer),
    numDataIds: () => 0,
  };
  // Only the calls above are reached by way of the fused operations.
  const k = new CountedKernels(backend as unknown as Backend, 'webgpu');
  k.install(gpu ? new CountingWebGpuKernels(k, gpu) : new CountingKernels(k));
  return { k, bufferBytes: () => bytes };
}

/** What stands for a buffer, and is its tensor's data id as well. */
interface Counted {
  readonly size: number;
}

/** Our operations of WebGPU, partial sums included, whose programs nobody launches. */
class CountingWebGpuKernels extends WebGpuOperations implements FusedKernels {
  readonly branches: PlainBranches;

  constructor(k: Kernels, gpu: Tuning) {
    super({ k, runner: { launch: () => undefined }, ...gpu });
    this.branches = new PlainBranches(k);
  }

  run(_key: string, body: () => void): void {
    body();
  }

  forget(): void {
    // Nothing is captured.
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  pace(): Promise<void> {
    return Promise.resolve();
  }
}

class CountingKernels implements FusedKernels {
  readonly augment = null;
  readonly branches: CountingBranches;
  readonly methods: CountingMethods;
  readonly partial: CountingPartial;

  constructor(private readonly k: Kernels) {
    this.branches = new CountingBranches(k);
    this.methods = new CountingMethods(k);
    this.partial = new CountingPartial(k);
  }

  zeros(shape: readonly number[]): Tensor {
    return this.k.allocate(shape);
  }

  conv(x: Tensor, filter: Tensor, { stride }: ConvOptions): Tensor {
    const [batch, height, width] = x.shape as [number, number, number];
    return this.k.allocate([batch, height / stride, width / stride, filter.shape[3]!]);
  }

  convInput(_dz: Tensor, _filter: Tensor, x: Tensor, add: Tensor | null): Tensor {
    return this.summed(x.shape, add);
  }

  convFilter(): void {
    // Written into memory that is there already.
  }

  moments(z: Tensor): Tensor {
    return this.k.allocate([2, z.shape.at(-1)!]);
  }

  track(): void {
    // In place.
  }

  convNorms(x: Tensor, filters: readonly Tensor[], options: ConvOptions): Normalised[] {
    return filters.map((filter) => {
      const z = this.conv(x, filter, options);
      return { z, moments: this.moments(z) };
    });
  }

  convFilters(): void {
    // Written into memory that is there already.
  }

  norm(n: Normalised, _scale: Tensor, _shift: Tensor, add: Tensor | null): Tensor {
    return this.summed(n.z.shape, add);
  }

  normSums(n: Normalised): Tensor {
    return this.moments(n.z);
  }

  normInput(n: Normalised): Tensor {
    return this.k.allocate(n.z.shape);
  }

  mix(
    x: Tensor,
    _p: Tensor,
    _convs: readonly Normalised[],
    nodes: readonly (Tensor | null)[],
    plan: MixPlan,
  ): Tensor[] {
    return plan.edges.map((_, position) => this.summed(x.shape, nodes[position] ?? null));
  }

  mixSums(x: Tensor, convs: readonly Normalised[], dys: readonly Tensor[]): Tensor {
    return this.k.allocate([1 + convs.length, dys.length * x.shape[3]!]);
  }

  mixConvs(_p: Tensor, convs: readonly Normalised[]): Tensor[] {
    return convs.map(({ z }) => this.k.allocate(z.shape));
  }

  mixInput(_p: Tensor, dys: readonly Tensor[], add: Tensor | null): Tensor {
    return this.summed(dys[0]!.shape, add);
  }

  sourceInput(x: Tensor): Tensor {
    return this.k.allocate(x.shape);
  }

  pool2(x: Tensor): Tensor {
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    return this.k.allocate([batch, height / 2, width / 2, channels]);
  }

  pool2Input(dy: Tensor, add: Tensor | null): Tensor {
    const [batch, height, width, channels] = dy.shape as [number, number, number, number];
    return this.summed([batch, height * 2, width * 2, channels], add);
  }

  headPool(n: Normalised): Tensor {
    return this.k.allocate([n.z.shape[0]!, n.z.shape[3]!]);
  }

  headPoolInput(n: Normalised): Tensor {
    return this.k.allocate(n.z.shape);
  }

  classify(pooled: Tensor, weight: Tensor) {
    const shape = [pooled.shape[0]!, weight.shape[1]!];
    const { k } = this;
    return {
      logits: k.allocate(shape),
      scores: k.allocate([2]),
      dLogits: k.allocate(shape),
    };
  }

  classifyInput(dLogits: Tensor, weight: Tensor): Tensor {
    return this.k.allocate([dLogits.shape[0]!, weight.shape[0]!]);
  }

  classifyWeights(): void {
    // Written into memory that is there already.
  }

  softmax(alpha: Tensor): Tensor {
    return this.k.allocate(alpha.shape);
  }

  softmaxInput(p: Tensor): Tensor {
    return this.k.allocate(p.shape);
  }

  sgd(): Tensor {
    return this.k.allocate([1]);
  }

  adam(): void {
    // In place.
  }

  tally(): void {
    // In place.
  }

  run(_key: string, body: () => void): void {
    body();
  }

  forget(): void {
    // Nothing is captured.
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  pace(): Promise<void> {
    return Promise.resolve();
  }

  /** A result that takes the place of what is added to it. */
  private summed(shape: readonly number[], add: Tensor | null): Tensor {
    const sum = this.k.allocate(shape);
    if (add) this.k.free(add);
    return sum;
  }
}
