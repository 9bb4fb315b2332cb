import type { Tensor } from '../../kernels';
import type { MixPlan, Normalised } from '../fused';
import { channelsOf, imagesOf, storedAs, type Context } from './context';
import { drawnPlaces } from './drawn';
import { inputGradient } from './wgsl/input';
import { mixConvs, mixForward } from './wgsl/mix';
import { mixSumsParts, mixSumsPartsSize, mixSumsSum } from './wgsl/mix-sums';
import type { MixShape } from './wgsl/mixture';
import { momentsPack, momentsStride } from './wgsl/moments';
import { runOf } from './wgsl/run';
import { lanesOf } from './wgsl/vector';

/** A convolution's gradient and its filter. */
export interface ConvGradient {
  readonly dz: Tensor;
  readonly filter: Tensor;
}

/** Mixtures of operations on the edges that leave one node, and their gradients. */
export class Mixtures {
  constructor(private readonly context: Context) {}

  readonly mix = (
    x: Tensor,
    p: Tensor,
    convs: readonly Normalised[],
    nodes: readonly (Tensor | null)[],
    plan: MixPlan,
  ): Tensor[] => {
    const { k, runner } = this.context;
    const later = plan.edges.map((_, e) => nodes[e] ?? k.allocate(x.shape));
    const shape = {
      ...this.shape(x, plan, convs),
      add: plan.edges.map((_, e) => nodes[e] != null),
    };
    const tensors = [x, p, ...this.moments(convs), ...convs.map(({ z }) => z), ...later];
    runner.launch('mix', shape, mixForward, tensors);
    return later;
  };

  readonly mixSums = (
    x: Tensor,
    convs: readonly Normalised[],
    dys: readonly Tensor[],
    dp: Tensor | null,
    plan: MixPlan,
  ): Tensor => {
    const { k, runner, threads } = this.context;
    const shape = { ...this.shape(x, plan, convs), wantP: dp !== null, threads };
    const parts = k.allocate([mixSumsPartsSize(shape)]);
    const sums = k.allocate([1 + convs.length, plan.edges.length * channelsOf(x)]);
    const zs = convs.map(({ z }) => z);
    const tensors = [...this.moments(convs), ...zs, ...dys, parts, ...(dp ? [x] : [])];
    runner.launch('mixSums', shape, mixSumsParts, tensors);
    runner.launch('mixSums sum', shape, mixSumsSum, [parts, sums, ...(dp ? [dp] : [])]);
    k.free(parts);
    return sums;
  };

  readonly mixConvs = (
    p: Tensor,
    convs: readonly Normalised[],
    sums: Tensor,
    dys: readonly Tensor[],
    plan: MixPlan,
  ): Tensor[] => {
    const { k, runner, threads, bindings } = this.context;
    if (convs.length === 0) return [];
    const shape = this.shape(dys[0]!, plan, convs);
    const { batch, height, width, channels } = shape;
    const vectors = (batch * height * width * plan.edges.length * channels) / lanesOf(channels);
    const perThread = Math.max(1, Math.min(8, Math.floor(vectors / threads)));
    const dzs = convs.map(({ z }) => k.allocate(z.shape));
    const moments = this.moments(convs);
    const launch = (which: readonly number[]) =>
      runner.launch('mixConvs', { ...shape, run: 1, perThread, which }, mixConvs, [
        p,
        sums,
        ...moments,
        ...which.map((j) => convs[j]!.z),
        ...dys,
        ...which.map((j) => dzs[j]!),
      ]);
    const all = convs.map((_, j) => j);
    if (3 + dys.length + 2 * convs.length <= bindings) launch(all);
    else for (const j of all) launch([j]);
    return dzs;
  };

  readonly mixInput = (
    p: Tensor,
    dys: readonly Tensor[],
    add: Tensor | null,
    plan: MixPlan,
  ): Tensor => this.input(dys[0]!, p, [], dys, add, plan);

  /**
   * Gradient of a source node by way of all that reads it: convolutions of max(x, 0), skip and pool.
   *
   * @param convs gradients of the convolutions' results, with the filters
   * @param dys gradients of the later nodes
   */
  readonly sourceInput = (
    x: Tensor,
    p: Tensor,
    convs: readonly ConvGradient[],
    dys: readonly Tensor[],
    plan: MixPlan,
  ): Tensor => {
    const mixes = plan.skip >= 0 || plan.pool >= 0;
    const needed = 2 + 2 * convs.length + 1 + dys.length;
    if (convs.length === 0 || !mixes || needed <= this.context.bindings) {
      return this.input(x, p, convs, mixes ? dys : [], null, plan);
    }
    const rectified = this.input(x, p, convs, [], null, plan);
    return this.input(x, p, [], dys, rectified, plan);
  };

  private input(
    x: Tensor,
    p: Tensor,
    convs: readonly ConvGradient[],
    dys: readonly Tensor[],
    add: Tensor | null,
    plan: MixPlan,
  ): Tensor {
    const { k, runner } = this.context;
    const { batch, height, width, channels, skip, pool, run } = this.shape(x, plan, []);
    const mix = dys.length > 0 && (skip ?? pool) ? { skip, pool } : null;
    if (add && !mix) return k.view(add, x.shape);
    const dx = add ? k.view(add, x.shape) : k.allocate(x.shape);
    const mask = convs.length > 0;
    const outputs = channels * plan.edges.length;
    const drawn = mask ? drawnPlaces(plan, outputs) : null;
    const shape = {
      conv: {
        batch,
        height,
        width,
        inputs: channels,
        outputs,
        sizes: convs.map(({ filter }) => filter.shape[0]!),
        stride: 1,
        run,
        drawn,
      },
      mask,
      add: add ? ('plain' as const) : null,
      mix,
    };
    runner.launch(mask ? 'sourceInput' : 'mixInput', shape, inputGradient, [
      dx,
      ...convs.flatMap(({ dz, filter }) => [dz, filter]),
      ...(mask ? [x] : []),
      ...(mix || drawn ? [p] : []),
      ...(mix ? dys : []),
    ]);
    return dx;
  }

  private shape(x: Tensor, plan: MixPlan, convs: readonly Normalised[]): MixShape {
    const images = imagesOf(x);
    const places = (column: number) => plan.edges.map((edge) => edge * plan.columns + column);
    return {
      ...images,
      run: runOf(images, images.channels / lanesOf(images.channels), this.context.threads),
      edges: plan.edges.length,
      stored: convs[0] ? storedAs(convs[0].z) : 'f32',
      skip: plan.skip >= 0 ? places(plan.skip) : null,
      pool: plan.pool >= 0 ? places(plan.pool) : null,
      convs: plan.convs.map(places),
    };
  }

  /** The moments of all convolutions as one tensor: none, or one. */
  private moments(convs: readonly Normalised[]): Tensor[] {
    const first = convs[0]?.moments;
    if (!first) return [];
    const { k, runner } = this.context;
    const channels = channelsOf(first);
    const stride = momentsStride(channels);
    const size = [(convs.length - 1) * stride + 2 * channels];
    const start = first.offset ?? 0;
    const together = convs.every(
      ({ moments: { dataId, offset = 0 } }, j) =>
        dataId === first.dataId && offset === start + j * stride,
    );
    if (together) return [k.part(first, start, size)];
    const packed = k.allocate(size);
    const shape = { tables: convs.length, channels };
    runner.launch('moments pack', shape, momentsPack, [
      ...convs.map(({ moments }) => moments),
      packed,
    ]);
    return [packed];
  }
}
