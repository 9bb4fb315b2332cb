import { sizeOf, type Kernels } from '../kernels';
import { averagePool2Gradient, averagePool3, averagePool3Gradient } from '../pool';
import { RATE, RATES, type Clock } from './fused';
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
} from './fused';
import { PlainBranches } from './plain-branches';
import { EPSILON, TRACKING } from './norm-constants';
import { columnOf, spread } from './stock-mixture';

/**
 * The supernet's operations composed from stock tfjs kernels, for backends whose memory the host sees.
 * The plain way: what the other implementations are measured against, and what remains when their
 * self-test fails.
 */
export class StockKernels implements FusedKernels {
  readonly augment = null;
  readonly branches: PlainBranches;

  constructor(private readonly k: Kernels) {
    this.branches = new PlainBranches(k);
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
    const { k } = this;
    const table = k.table(k.solid(z));
    const mean = k.meanRows(table);
    // Centred first: E[z^2] - E[z]^2 would lose digits where the mean is large.
    const centred = this.centre(table, mean);
    const squares = k.square(centred);
    k.free(centred);
    const variance = k.meanRows(squares);
    k.free(squares);
    const inverse = k.rsqrt(k.add(variance, k.scalar(EPSILON)));
    return k.view(k.concat([mean, inverse], 0), [2, mean.shape[0]!]);
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
    const { k } = this;
    const { centred, inverse } = this.centred(n);
    const y = k.affine(centred, k.mul(k.solid(scale), inverse), k.solid(shift));
    k.free(centred);
    const image = k.view(y, n.z.shape);
    return add ? this.addFree(image, add) : image;
  }

  normSums(n: Normalised, g: Tensor, into: { scale: Tensor; shift: Tensor } | null): Tensor {
    const { k } = this;
    const table = k.table(k.solid(g));
    const [rows, channels] = table.shape as [number, number];
    const shift = k.mul(k.meanRows(table), k.scalar(rows));
    const scale = this.sumNormalised(n, table);
    if (into) {
      k.assign(into.scale, scale);
      k.assign(into.shift, shift);
    }
    return k.view(k.concat([shift, scale], 0), [2, channels]);
  }

  normInput(n: Normalised, scale: Tensor, sums: Tensor, g: Tensor): Tensor {
    const { k } = this;
    const [sumG, sumGz] = [this.row(sums, 0), this.row(sums, 1)];
    return k.view(this.throughNorm(n, k.solid(scale), sumG, sumGz, k.table(k.solid(g))), n.z.shape);
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
      const { centred, inverse } = this.centred(n);
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
      ...convs.map((n) => this.sumNormalised(n, g)),
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
    const sumG = this.row(sums, 0);
    return convs.map((n, i) => {
      const weight = spread(k, p, columnOf(plan, plan.convs[i]!), channels);
      const dz = this.throughNorm(n, weight, sumG, this.row(sums, 1 + i), g);
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
    const e = k.exp(k.sub(alpha, k.maxLast(alpha)));
    return k.div(e, k.sumLast(e));
  }

  softmaxInput(p: Tensor, dp: Tensor): Tensor {
    const { k } = this;
    return k.mul(p, k.sub(dp, k.sumLast(k.mul(p, dp))));
  }

  sgd(state: SgdState, gradient: Tensor, clock: Clock): Tensor {
    const { k } = this;
    const row = rowOf(clock);
    const norm = k.sqrt(k.sumAll(k.square(gradient)));
    const limit = k.div(this.number(row[RATE.clip]!), k.add(norm, k.scalar(1e-6)));
    const clipped = k.mul(gradient, k.minimum(limit, k.scalar(1)));
    const decayed = this.addScaled(clipped, state.weights, row[RATE.decay]!);
    const momentum = row[RATE.momentum]!;
    const velocity = this.addScaled(decayed, state.momentum, momentum);
    const plain = row[RATE.plainMomentum] === 1;
    const direction = plain ? velocity : this.addScaled(decayed, velocity, momentum);
    k.assign(state.weights, this.addScaled(state.weights, direction, -row[RATE.weights]!));
    k.assign(state.momentum, velocity);
    return norm;
  }

  adam(state: AdamState, gradient: Tensor, clock: Clock): void {
    const { k } = this;
    const row = rowOf(clock);
    const g = this.addScaled(gradient, state.alpha, row[RATE.l2]!);
    const first = k.add(
      this.scaled(state.first, row[RATE.beta1]!),
      this.scaled(g, row[RATE.oneMinusBeta1]!),
    );
    const second = k.add(
      this.scaled(state.second, row[RATE.beta2]!),
      this.scaled(k.square(g), row[RATE.oneMinusBeta2]!),
    );
    const root = k.sqrt(this.scaled(second, row[RATE.correction2]!));
    const move = k.div(first, k.add(root, this.number(row[RATE.epsilon]!)));
    k.assign(state.alpha, this.addScaled(state.alpha, move, -row[RATE.alpha]!));
    k.assign(state.first, first);
    k.assign(state.second, second);
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

  private readonly addFree = (a: Tensor, b: Tensor): Tensor => {
    const sum = this.k.add(a, b);
    this.k.free(a, b);
    return sum;
  };

  /** Row of a small matrix `[rows, columns]`, `[columns]`. */
  private row(matrix: Tensor, row: number): Tensor {
    const [rows, columns] = matrix.shape as [number, number];
    return this.k.stretch(this.k.view(matrix, [rows * columns]), row * columns, columns);
  }

  private centre(table: Tensor, mean: Tensor): Tensor {
    const { k } = this;
    // Made anew: the wasm backend remembers every (scale, shift) pair for as long as the scale lives.
    const one = k.upload(new Float32Array(mean.shape[0]!).fill(1), mean.shape);
    return k.affine(table, one, k.mul(mean, k.scalar(-1)));
  }

  private centred({ z, moments }: Normalised) {
    const centred = this.centre(this.k.table(this.k.solid(z)), this.row(moments, 0));
    return { centred, inverse: this.row(moments, 1) };
  }

  /** Column sums of g times the normalised z. */
  private sumNormalised(n: Normalised, g: Tensor): Tensor {
    const { k } = this;
    const { centred, inverse } = this.centred(n);
    const product = k.mul(g, centred);
    k.free(centred);
    const mean = k.meanRows(product);
    k.free(product);
    return k.mul(k.mul(mean, inverse), k.scalar(g.shape[0]!));
  }

  /** gain (g - mean(g) - zhat mean(g zhat)) with gain = scale / deviation. */
  private throughNorm(n: Normalised, scale: Tensor, sumG: Tensor, sumGz: Tensor, g: Tensor) {
    const { k } = this;
    const { centred, inverse } = this.centred(n);
    const gain = k.mul(scale, inverse);
    const perRow = k.scalar(-1 / g.shape[0]!);
    const fromCentred = k.mul(k.mul(gain, inverse), k.mul(sumGz, perRow));
    const a = k.affine(g, gain, k.mul(gain, k.mul(sumG, perRow)));
    const b = k.affine(centred, fromCentred, null);
    k.free(centred);
    return this.addFree(a, b);
  }

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

  /** a + factor * b */
  private addScaled(a: Tensor, b: Tensor, factor: number): Tensor {
    return this.k.add(a, this.scaled(b, factor));
  }

  private scaled(x: Tensor, factor: number): Tensor {
    return this.k.mul(x, this.number(factor));
  }

  /** A number that changes from step to step, and so is no constant. */
  private number(value: number): Tensor {
    return this.k.upload(Float32Array.of(value), [1]);
  }
}

/** `track` for backends whose memory the host sees. */
export function trackOnHost(k: Kernels, moments: Tensor, running: Tensor, rows: number): void {
  const batch = k.host(moments);
  const kept = k.host(running);
  const channels = kept.length / 2;
  for (let c = 0; c < channels; c++) {
    // Rounding may leave a channel without deviation a variance just below zero.
    const variance = Math.max(0, 1 / batch[channels + c]! ** 2 - EPSILON);
    const unbiased = (variance * rows) / (rows - 1);
    kept[c] = (1 - TRACKING) * kept[c]! + TRACKING * batch[c]!;
    kept[channels + c] = (1 - TRACKING) * kept[channels + c]! + TRACKING * unbiased;
  }
}

/** `tally` for backends whose memory the host sees. */
export function tallyOnHost(
  k: Kernels,
  { totals, trail }: Journal,
  clock: Clock,
  step: { train: Tensor; norm: Tensor | null; valid: Tensor | null; alpha: Tensor | null },
): void {
  const [loss, correct] = k.host(step.train);
  const norm = step.norm ? k.host(step.norm)[0] : 0;
  const [alphaLoss, alphaCorrect] = step.valid ? k.host(step.valid) : [0, 0];
  const sums = k.host(totals);
  [loss, correct, norm, alphaLoss, alphaCorrect].forEach((value, i) => (sums[i]! += value!));
  if (step.alpha) {
    const alpha = k.host(step.alpha);
    k.host(trail).set(alpha, clock.step * alpha.length);
  }
}

/** This step's rates. */
export function rowOf({ rows, step }: Clock): Float32Array {
  return rows.subarray(step * RATES, (step + 1) * RATES);
}

function padOf(filter: Tensor): number {
  return (filter.shape[0]! - 1) / 2;
}
