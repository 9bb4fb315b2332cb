import { sizeOf, type Kernels } from '../kernels';
import { averagePool2Gradient, averagePool3, averagePool3Gradient } from '../pool';
import type {
  AdamState,
  Clock,
  ConvGradient,
  ConvOptions,
  FusedKernels,
  Journal,
  MixPlan,
  Normalised,
  SgdState,
  Tensor,
} from './fused';
import { HostMethods } from './host-methods';
import { HostPartial } from './host-partial';
import { PlainBranches } from './plain-branches';
import { rowOf, tallyOnHost, trackOnHost } from './host-steps';
import { columnOf, spread } from './stock-mixture';
import { addFree, StockNorms } from './stock-norms';
import { stockAdam, stockSgd } from './stock-optimisers';

/**
 * The supernet's operations composed from stock tfjs kernels, for backends whose memory the host sees.
 * The plain way: what the other implementations are measured against, and what remains when their
 * self-test fails.
 */
export class StockKernels implements FusedKernels {
  readonly augment = null;
  readonly branches: PlainBranches;
  readonly methods: HostMethods;
  readonly partial: HostPartial;
  private readonly norms: StockNorms;

  constructor(private readonly k: Kernels) {
    this.branches = new PlainBranches(k);
    this.methods = new HostMethods(k);
    this.partial = new HostPartial(k);
    this.norms = new StockNorms(k);
  }

  zeros(shape: readonly number[]): Tensor {
    const tensor = this.k.allocate(shape);
    this.k.host(tensor).fill(0);
    return tensor;
  }

  conv(x: Tensor, filter: Tensor, { stride, relu }: ConvOptions): Tensor {
    const { k } = this;
    const image = relu ? k.relu(k.solid(x)) : k.solid(x);
    return k.conv(image, k.solid(filter), { stride, pad: padOf(filter) });
  }

  convInput(
    dz: Tensor,
    filter: Tensor,
    x: Tensor,
    add: Tensor | null,
    { stride, relu }: ConvOptions,
  ): Tensor {
    const { k } = this;
    const options = { stride, pad: padOf(filter) };
    const dx = k.convInputGradient(k.solid(dz), k.solid(filter), x.shape, options);
    const sum = add ? this.addFree(dx, add) : dx;
    return relu ? k.mul(sum, k.step(k.solid(x))) : sum;
  }

  convFilter(x: Tensor, dz: Tensor, into: Tensor, { stride, relu }: ConvOptions): void {
    const { k } = this;
    const image = relu ? k.relu(k.solid(x)) : k.solid(x);
    const options = { stride, pad: padOf(into) };
    k.assign(into, k.convFilterGradient(image, k.solid(dz), into.shape, options));
  }

  moments(z: Tensor): Tensor {
    return this.norms.moments(z);
  }

  track(moments: Tensor, running: Tensor, rows: number): void {
    trackOnHost(this.k, moments, running, rows);
  }

  convNorms(x: Tensor, filters: readonly Tensor[], options: ConvOptions): Normalised[] {
    return filters.map((filter) => {
      const z = this.conv(x, filter, options);
      return { z, moments: this.moments(z) };
    });
  }

  convFilters(
    x: Tensor,
    filters: readonly { readonly dz: Tensor; readonly into: Tensor }[],
    options: ConvOptions,
  ): void {
    for (const { dz, into } of filters) this.convFilter(x, dz, into, options);
  }

  norm(n: Normalised, scale: Tensor, shift: Tensor, add: Tensor | null): Tensor {
    return this.norms.norm(n, scale, shift, add);
  }

  normSums(n: Normalised, g: Tensor, into: { scale: Tensor; shift: Tensor } | null): Tensor {
    return this.norms.normSums(n, g, into);
  }

  normInput(n: Normalised, scale: Tensor, sums: Tensor, g: Tensor): Tensor {
    return this.norms.normInput(n, scale, sums, g);
  }

  mix(
    x: Tensor,
    p: Tensor,
    convs: readonly Normalised[],
    nodes: readonly (Tensor | null)[],
    plan: MixPlan,
  ): Tensor[] {
    const { k } = this;
    const image = k.solid(x);
    const channels = x.shape[3]!;
    const mixed = convs.map((n, i) => {
      const { centred, inverse } = this.norms.centred(n);
      const weight = spread(k, p, columnOf(plan, plan.convs[i]!), channels);
      const y = k.affine(centred, k.mul(weight, inverse), null);
      k.free(centred);
      return y;
    });
    const parts =
      mixed.length > 0 ? k.splitChannels(mixed.reduce(this.addFree), plan.edges.length) : null;
    const pooled = plan.pool >= 0 ? averagePool3(k, image) : null;
    return plan.edges.map((_, position) => {
      const terms: Tensor[] = [];
      const before = nodes[position];
      if (before) terms.push(before);
      if (parts) terms.push(k.view(parts[position]!, x.shape));
      if (plan.skip >= 0) terms.push(k.mul(image, this.weight(p, plan, position, plan.skip)));
      if (pooled) terms.push(k.mul(pooled, this.weight(p, plan, position, plan.pool)));
      return terms.length > 0 ? terms.reduce(this.addFree) : this.zeros(x.shape);
    });
  }

  mixSums(
    x: Tensor,
    convs: readonly Normalised[],
    dys: readonly Tensor[],
    dp: Tensor | null,
    plan: MixPlan,
  ): Tensor {
    const { k } = this;
    const edges = plan.edges.length;
    const channels = x.shape[3]!;
    const g = k.joinChannels(dys.map((dy) => k.table(dy)));
    const [rows, columns] = g.shape as [number, number];
    const sums = [
      k.mul(k.meanRows(g), k.scalar(rows)),
      ...convs.map((n) => this.norms.sumNormalised(n, g)),
    ];
    if (dp) {
      const parts = plan.convs.map((column, i) => ({
        column,
        values: this.values(k.sumLast(k.view(sums[1 + i]!, [edges, channels]))),
      }));
      const image = k.solid(x);
      if (plan.skip >= 0) parts.push({ column: plan.skip, values: this.dots(image, dys) });
      if (plan.pool >= 0) {
        parts.push({ column: plan.pool, values: this.dots(averagePool3(k, image), dys) });
      }
      const into = k.host(dp);
      for (const { column, values } of parts) {
        columnOf(plan, column).forEach((entry, i) => (into[entry]! += values[i]!));
      }
    }
    return k.view(k.concat(sums, 0), [sums.length, columns]);
  }

  mixConvs(
    p: Tensor,
    convs: readonly Normalised[],
    sums: Tensor,
    dys: readonly Tensor[],
    plan: MixPlan,
  ): Tensor[] {
    const { k } = this;
    const g = k.joinChannels(dys.map((dy) => k.table(dy)));
    const channels = dys[0]!.shape[3]!;
    const sumG = this.norms.row(sums, 0);
    return convs.map((n, i) => {
      const weight = spread(k, p, columnOf(plan, plan.convs[i]!), channels);
      const dz = this.norms.throughNorm(n, weight, sumG, this.norms.row(sums, 1 + i), g);
      return k.view(dz, n.z.shape);
    });
  }

  mixInput(p: Tensor, dys: readonly Tensor[], add: Tensor | null, plan: MixPlan): Tensor {
    const { k } = this;
    const weighted = (column: number) =>
      dys.map((dy, i) => k.mul(dy, this.weight(p, plan, i, column))).reduce(this.addFree);
    const terms: Tensor[] = add ? [add] : [];
    if (plan.skip >= 0) terms.push(weighted(plan.skip));
    if (plan.pool >= 0) terms.push(averagePool3Gradient(k, weighted(plan.pool)));
    if (terms.length === 0) return this.zeros(dys[0]!.shape);
    return terms.reduce(this.addFree);
  }

  sourceInput(
    x: Tensor,
    p: Tensor,
    convs: readonly ConvGradient[],
    dys: readonly Tensor[],
    plan: MixPlan,
  ): Tensor {
    let sum: Tensor | null = null;
    convs.forEach(({ dz, filter }, i) => {
      // Only the sum over the convolutions passes the ReLU, so the last of them masks it.
      const relu = i === convs.length - 1;
      sum = this.convInput(dz, filter, x, sum, { stride: 1, relu });
    });
    return this.mixInput(p, dys, sum, plan);
  }

  pool2(x: Tensor): Tensor {
    return this.k.averagePool(this.k.solid(x), 2);
  }

  pool2Input(dy: Tensor, add: Tensor | null): Tensor {
    const dx = averagePool2Gradient(this.k, this.k.solid(dy));
    return add ? this.addFree(dx, add) : dx;
  }

  headPool(n: Normalised, scale: Tensor, shift: Tensor): Tensor {
    const { k } = this;
    const [batch, height, , channels] = n.z.shape as [number, number, number, number];
    const y = this.norm(n, scale, shift, null);
    return k.view(k.averagePool(k.relu(y), height), [batch, channels]);
  }

  headPoolInput(n: Normalised, scale: Tensor, shift: Tensor, dPooled: Tensor): Tensor {
    const { k } = this;
    const [batch, height, width, channels] = n.z.shape as [number, number, number, number];
    const open = k.step(this.norm(n, scale, shift, null));
    const perPixel = k.mul(dPooled, k.scalar(1 / (height * width)));
    const g = k.mul(
      k.view(open, [batch, height * width, channels]),
      k.view(perPixel, [batch, 1, channels]),
    );
    return k.view(g, n.z.shape);
  }

  classify(pooled: Tensor, weight: Tensor, bias: Tensor, labels: Tensor) {
    const { k } = this;
    const logits = k.add(k.matmul(pooled, k.solid(weight)), k.solid(bias));
    const [batch, classes] = logits.shape as [number, number];
    const oneHot = new Float32Array(batch * classes);
    k.host(labels).forEach((label, row) => (oneHot[row * classes + label] = 1));
    const target = k.upload(oneHot, [batch, classes]);
    const shifted = k.sub(logits, k.maxLast(logits));
    const exponentials = k.exp(shifted);
    const sums = k.sumLast(exponentials);
    const chosen = k.sumLast(k.mul(shifted, target));
    const perBatch = k.scalar(1 / batch);
    const loss = k.mul(k.sumAll(k.sub(k.log(sums), chosen)), perBatch);
    const correct = k.sumAll(k.float(k.equal(k.argMaxLast(logits), labels)));
    const dLogits = k.mul(k.sub(k.div(exponentials, sums), target), perBatch);
    return { logits, scores: k.concat([loss, correct], 0), dLogits };
  }

  classifyInput(dLogits: Tensor, weight: Tensor): Tensor {
    return this.k.matmul(dLogits, this.k.transpose(this.k.solid(weight), [1, 0]));
  }

  classifyWeights(pooled: Tensor, dLogits: Tensor, into: { weight: Tensor; bias: Tensor }): void {
    const { k } = this;
    k.assign(into.weight, k.matmul(k.transpose(pooled, [1, 0]), dLogits));
    k.assign(into.bias, k.mul(k.meanRows(dLogits), k.scalar(dLogits.shape[0]!)));
  }

  softmax(alpha: Tensor): Tensor {
    const { k } = this;
    const x = k.solid(alpha);
    const e = k.exp(k.sub(x, k.maxLast(x)));
    return k.div(e, k.sumLast(e));
  }

  softmaxInput(p: Tensor, dp: Tensor): Tensor {
    const { k } = this;
    return k.mul(p, k.sub(dp, k.sumLast(k.mul(p, dp))));
  }

  sgd(state: SgdState, gradient: Tensor, clock: Clock): Tensor {
    return stockSgd(this.k, state, gradient, rowOf(clock));
  }

  adam(state: AdamState, gradient: Tensor, clock: Clock): void {
    stockAdam(this.k, state, gradient, rowOf(clock));
  }

  tally(
    { totals, trail }: Journal,
    clock: Clock,
    step: { train: Tensor; norm: Tensor | null; valid: Tensor | null; alpha: Tensor | null },
  ): void {
    tallyOnHost(this.k, { totals, trail }, clock, step);
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

  private readonly addFree = (a: Tensor, b: Tensor): Tensor => addFree(this.k, a, b);

  private weight(p: Tensor, plan: MixPlan, position: number, column: number): Tensor {
    const entry = plan.edges[position]! * plan.columns + column;
    return this.k.stretch(this.k.view(p, [sizeOf(p.shape)]), entry, 1);
  }

  /** The inner product of `a` with each of `others`. */
  private dots(a: Tensor, others: readonly Tensor[]): Float32Array {
    const { k } = this;
    return Float32Array.from(others, (other) => {
      const product = k.mul(a, other);
      const means = k.meanRows(k.table(product));
      k.free(product);
      const count = sizeOf(a.shape) / means.shape[0]!;
      return this.values(k.sumAll(means))[0]! * count;
    });
  }

  private values(tensor: Tensor): Float32Array {
    return this.k.host(tensor).slice();
  }
}

function padOf(filter: Tensor): number {
  return (filter.shape[0]! - 1) / 2;
}
