import type { BranchKernels } from './branch';
import type { MethodKernels } from './method';
import type { PartialKernels } from './partial';
import type { Clock, MixPlan, Normalised, SgdState, Tensor } from './operands';

export type { Clock, MixPlan, Normalised, SgdState, Tensor };

/** 1 or 3 pixels wide, padded by (width - 1) / 2 zeros on all four sides. */
export interface ConvOptions {
  readonly stride: 1 | 2;
  /** True: the convolution reads max(x, 0). */
  readonly relu: boolean;
}

/** The gradient of a convolution's result, and its filter. */
export interface ConvGradient {
  readonly dz: Tensor;
  readonly filter: Tensor;
}

/** What alpha's optimiser carries; all of one shape, changed in place. */
export interface AdamState {
  readonly alpha: Tensor;
  readonly first: Tensor;
  readonly second: Tensor;
}

/** Places in a row of {@link Clock.rows}. */
export const RATE = {
  weights: 0,
  momentum: 1,
  decay: 2,
  clip: 3,
  /** Alpha's rate / (1 - beta1^t). */
  alpha: 4,
  beta1: 5,
  beta2: 6,
  /** 1 / (1 - beta2^t). */
  correction2: 7,
  epsilon: 8,
  l2: 9,
  oneMinusBeta1: 10,
  oneMinusBeta2: 11,
  /** 1: momentum is the plain one; 0: Nesterov's. */
  plainMomentum: 12,
} as const;
export const RATES = 13;

/** Sums and alphas of an epoch, on the device. */
export interface Journal {
  /** `[5]`: loss, correct, gradient norm, alpha loss, alpha correct; sums over the steps. */
  readonly totals: Tensor;
  /** `[steps, alpha size]`: alpha after each step. */
  readonly trail: Tensor;
}

/**
 * The operations that training a supernet consists of, each as few passes over memory as the backend
 * allows. Images are `[batch, height, width, channels]`, float32; *rows* are batch * height * width.
 *
 * Results belong to the open scope of `Kernels`. Arguments are left alone, except where a docstring
 * says *in place* or *consumed*: its memory becomes the result's or is freed, and the caller must not
 * use it any more. `into` is overwritten, all of it.
 */
export interface FusedKernels {
  /** What only the supernets of NAS-Bench-1Shot1 need. */
  readonly branches: BranchKernels;
  /** What only some search methods need. */
  readonly methods: MethodKernels;
  /** What only PC-DARTS needs. */
  readonly partial: PartialKernels;

  /** Float32 zeros. */
  zeros(shape: readonly number[]): Tensor;

  /** @param filter `[k, k, in, out]` @returns `[batch, height / stride, width / stride, out]` */
  conv(x: Tensor, filter: Tensor, options: ConvOptions): Tensor;

  /**
   * Gradient of {@link conv} with respect to x. With `relu`, masked where x <= 0.
   *
   * @param x what the convolution read; gives the shape and the mask
   * @param add added before the mask, of x's shape; consumed
   */
  convInput(
    dz: Tensor,
    filter: Tensor,
    x: Tensor,
    add: Tensor | null,
    options: ConvOptions,
  ): Tensor;

  /** Gradient of {@link conv} with respect to the filter. @param into `[k, k, in, out]` */
  convFilter(x: Tensor, dz: Tensor, into: Tensor, options: ConvOptions): void;

  /** Batch statistics over all rows: `[2, channels]`, mean and 1 / sqrt(biased variance + 1e-5). */
  moments(z: Tensor): Tensor;

  /**
   * {@link conv} and {@link moments} of several filters with as many outputs, on one x.
   *
   * @param plan of the edges that read the results, if they are a cell's. What it leaves out
   *   ({@link MixPlan.drawn}) may hold anything, which only functions with the same plan know to leave
   *   alone
   */
  convNorms(
    x: Tensor,
    filters: readonly Tensor[],
    options: ConvOptions,
    plan?: MixPlan | null,
  ): Normalised[];

  /** {@link convFilter} of several filters on one x. @param plan what it leaves out has a gradient of 0 */
  convFilters(
    x: Tensor,
    filters: readonly { readonly dz: Tensor; readonly into: Tensor }[],
    options: ConvOptions,
    plan?: MixPlan | null,
  ): void;

  /**
   * Takes a batch's statistics into the running ones as PyTorch does, *in place*: r <- 0.9 r + 0.1 s,
   * s the mean and the unbiased variance.
   *
   * @param moments of {@link moments}
   * @param running `[2, channels]`: mean and variance
   * @param rows of the batch; more than one
   */
  track(moments: Tensor, running: Tensor, rows: number): void;

  /** (z - mean) / deviation * scale + shift + add. @param scale,shift `[channels]` @param add consumed */
  norm(n: Normalised, scale: Tensor, shift: Tensor, add: Tensor | null): Tensor;

  /**
   * Sums over the rows that the backward pass of {@link norm} needs: `[2, channels]`, of g and of
   * g times the normalised z. They are the gradients of shift and scale too, and copied there.
   */
  normSums(n: Normalised, g: Tensor, into: { scale: Tensor; shift: Tensor } | null): Tensor;

  /** Gradient of {@link norm} with respect to z. @param sums of {@link normSums} */
  normInput(n: Normalised, scale: Tensor, sums: Tensor, g: Tensor): Tensor;

  /**
   * What one source node of a cell gives to each later node: for edge e the mixture
   * p(e, skip) x + p(e, pool) averagePool3x3(x) + sum of p(e, conv) normalised(z of conv and e),
   * added to what that node has so far. The pool has stride 1 and leaves padding out of its divisor.
   *
   * @param x `[batch, height, width, channels]`
   * @param p `[6, columns]`
   * @param convs z `[batch, height, width, edges * channels]`, edges side by side
   * @param nodes the later nodes so far, null at first; consumed
   * @returns the later nodes
   */
  mix(
    x: Tensor,
    p: Tensor,
    convs: readonly Normalised[],
    nodes: readonly (Tensor | null)[],
    plan: MixPlan,
  ): Tensor[];

  /**
   * The sums over the rows that the backward pass of {@link mix} needs:
   * `[1 + convs, edges * channels]`, of dy and of dy times each normalised z; anything finite for a
   * z that is left out.
   *
   * @param dys gradients of the later nodes, each of x's shape
   * @param dp `[6, columns]`: the gradient of p, to which this mixture's part is added *in place*; where an
   *   operation is left out it means nothing; null: not wanted
   */
  mixSums(
    x: Tensor,
    convs: readonly Normalised[],
    dys: readonly Tensor[],
    dp: Tensor | null,
    plan: MixPlan,
  ): Tensor;

  /** Gradients of {@link mix} with respect to the z of each convolution; anything for a z that is left out. */
  mixConvs(
    p: Tensor,
    convs: readonly Normalised[],
    sums: Tensor,
    dys: readonly Tensor[],
    plan: MixPlan,
  ): Tensor[];

  /** Gradient of {@link mix} with respect to x by way of skip and pool, plus `add` (consumed). */
  mixInput(p: Tensor, dys: readonly Tensor[], add: Tensor | null, plan: MixPlan): Tensor;

  /**
   * Gradient of a source node by way of all that reads it: convolutions of max(x, 0) with stride 1,
   * skip and pool. It is {@link mixInput} with the masked sum of {@link convInput} as what is added.
   *
   * @param convs gradients of the convolutions' results, with the filters; may be none
   * @param dys gradients of the later nodes
   */
  sourceInput(
    x: Tensor,
    p: Tensor,
    convs: readonly ConvGradient[],
    dys: readonly Tensor[],
    plan: MixPlan,
  ): Tensor;

  /** 2x2 average pool with stride 2. */
  pool2(x: Tensor): Tensor;
  /** Gradient of {@link pool2}, plus `add` of x's shape (consumed). */
  pool2Input(dy: Tensor, add: Tensor | null): Tensor;

  /** Mean over the pixels of max(norm(z), 0): `[batch, channels]`. */
  headPool(n: Normalised, scale: Tensor, shift: Tensor): Tensor;
  /** Gradient of {@link headPool} with respect to norm(z), masked: z's shape. */
  headPoolInput(n: Normalised, scale: Tensor, shift: Tensor, dPooled: Tensor): Tensor;

  /**
   * Linear classifier and softmax cross-entropy.
   *
   * @param pooled `[batch, features]`
   * @param weight `[features, classes]`
   * @param labels int32 `[batch]`
   * @returns logits; scores `[2]`: mean loss and number of right answers; dLogits of the mean loss
   */
  classify(
    pooled: Tensor,
    weight: Tensor,
    bias: Tensor,
    labels: Tensor,
  ): { readonly logits: Tensor; readonly scores: Tensor; readonly dLogits: Tensor };
  /** `[batch, features]` */
  classifyInput(dLogits: Tensor, weight: Tensor): Tensor;
  classifyWeights(pooled: Tensor, dLogits: Tensor, into: { weight: Tensor; bias: Tensor }): void;

  /** Softmax over the rows of `[6, columns]`. */
  softmax(alpha: Tensor): Tensor;
  /** Gradient of {@link softmax}: p (dp - sum(p dp)). */
  softmaxInput(p: Tensor, dp: Tensor): Tensor;

  /**
   * SGD with momentum as PyTorch does it, *in place*: clip by the total norm (g times
   * min(1, clip / (norm + 1e-6))), then coupled decay, v <- mu v + g, w <- w - rate (g + mu v). With
   * plain momentum the last one is w <- w - rate v.
   *
   * @returns the gradient's L2 norm before the clip, `[1]`
   */
  sgd(state: SgdState, gradient: Tensor, clock: Clock): Tensor;

  /** Adam with L2 coupled into the gradient, as PyTorch's `weight_decay`, *in place*. */
  adam(state: AdamState, gradient: Tensor, clock: Clock): void;

  /**
   * Adds a step's scalars to the totals and writes alpha into the trail at the clock's step, *in
   * place*; what is null is left out. Then the clock's counter on the device goes on by one (not
   * {@link Clock.step}).
   *
   * @param train,valid scores `[2]` of {@link classify}
   * @param norm `[1]`
   */
  tally(
    journal: Journal,
    clock: Clock,
    step: {
      readonly train: Tensor;
      readonly norm: Tensor | null;
      readonly valid: Tensor | null;
      readonly alpha: Tensor | null;
    },
  ): void;

  /**
   * Training images cut, flipped and normalised from the bytes that lie on the device, as
   * `data/augment.ts` does it. Only on backends that keep images there; null elsewhere.
   *
   * @param pixels int32 `[bytes / 4]`: four bytes in each element, the first in the lowest bits
   * @param labels int32, one for each image of the set
   * @param draws int32 `[steps, batch]`: see `packDraw` in `data/draw.ts`
   * @returns images `[count, size, size, 3]` and labels `[count]` of the clock's step
   */
  readonly augment:
    | ((
        set: { readonly pixels: Tensor; readonly labels: Tensor; readonly resolution: number },
        draws: Tensor,
        count: number,
        clock: Clock,
      ) => { readonly images: Tensor; readonly labels: Tensor })
    | null;

  /**
   * Runs `body`. Where steps can be captured, what it did is recorded under `key` and replayed the
   * next time, without running `body`: so it may only touch tensors that outlive it, and all that
   * changes from step to step must lie in them.
   */
  run(key: string, body: () => void): void;

  /** Forgets captured steps and frees what they held. */
  forget(): void;

  /** Compiles what `body` will need, without computing anything. @param progress from 0 to 1 */
  prepare(body: () => void, progress?: (share: number) => void): Promise<void>;

  /** Settles when the device is at most a few steps behind. */
  pace(): Promise<void>;
}
