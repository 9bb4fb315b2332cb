import type { MixPlan, Normalised, Tensor } from './operands';

/** An entry of the flat mixture weights p of {@link BranchKernels.softmaxRows}, by its place. */
export interface Weight {
  readonly p: Tensor;
  readonly entry: number;
}

/** A batch norm behind which a ReLU stands. */
export interface Rectified extends Normalised {
  /** `[channels]` */
  readonly scale: Tensor;
  readonly shift: Tensor;
}

/** The max pools of the space; both pad one pixel on every side, which never wins. */
export interface PoolOptions {
  readonly size: 2 | 3;
  readonly stride: 1 | 2;
}

/** Pixels of a max pool's result along a side: 8 and 5 for 8 pixels and strides 1 and 2. */
export function pooledSide(side: number, { size, stride }: PoolOptions): number {
  return Math.floor((side + 2 - size) / stride) + 1;
}

/**
 * What the supernets of NAS-Bench-1Shot1 need beyond `FusedKernels`: branches that carry a weight of
 * p, max pools, concatenation, and a softmax over rows of different lengths. The same conventions
 * hold. `dp` is the gradient of p, of its shape, to which a branch's part is added *in place*; null:
 * not wanted.
 */
export interface BranchKernels {
  /** weight * max(norm(z), 0) + add. @param add of z's shape; consumed */
  rectified(n: Rectified, weight: Weight, add: Tensor | null): Tensor;

  /**
   * Gradient of {@link rectified} with respect to z.
   *
   * @param g gradient of the result
   * @param into gradients of scale and shift; null: not wanted
   */
  rectifiedInput(
    n: Rectified,
    weight: Weight,
    g: Tensor,
    dp: Tensor | null,
    into: { readonly scale: Tensor; readonly shift: Tensor } | null,
  ): Tensor;

  /**
   * weight * max pool of x. Which of several equal pixels is the largest one is left open.
   *
   * @param x `[batch, height, width, channels]`
   */
  maxPool(x: Tensor, weight: Weight, options: PoolOptions): Tensor;

  /**
   * Gradient of {@link maxPool} with respect to x, plus `add` of x's shape (consumed).
   *
   * @param x a sum of rectified values: tfjs's wasm kernel has no gradient for windows whose largest
   *   pixel is not above 0, and there the ReLUs behind x would stop it anyway
   */
  maxPoolInput(
    x: Tensor,
    weight: Weight,
    g: Tensor,
    dp: Tensor | null,
    add: Tensor | null,
    options: PoolOptions,
  ): Tensor;

  /** Images of one shape side by side along the channels. */
  join(parts: readonly Tensor[]): Tensor;
  /** The inverse of {@link join}: `count` images with as many channels each. */
  split(x: Tensor, count: number): Tensor[];

  /** Mean over the pixels: `[batch, height, width, channels]` to `[batch, channels]`. */
  pixelMean(x: Tensor): Tensor;
  /** Gradient of {@link pixelMean}. @param shape of x */
  pixelMeanInput(dMeans: Tensor, shape: readonly number[]): Tensor;

  /**
   * Softmax over rows that lie one behind the other, and a 1 behind them: the weight of what is not
   * searched.
   *
   * @param alpha `[size]`
   * @param lengths of the rows; their sum is the size
   * @returns p, `[size + 1]`
   */
  softmaxRows(alpha: Tensor, lengths: readonly number[]): Tensor;
  /** Gradient of {@link softmaxRows}, `[size]`. @param p,dp `[size + 1]` */
  softmaxRowsInput(p: Tensor, dp: Tensor, lengths: readonly number[]): Tensor;
}

/** Neighbouring rows of one length, as matrices. */
export interface RowGroup {
  readonly offset: number;
  readonly rows: number;
  readonly columns: number;
}

export function rowGroups(lengths: readonly number[]): RowGroup[] {
  const groups: RowGroup[] = [];
  let offset = 0;
  for (const columns of lengths) {
    const last = groups.at(-1);
    if (last?.columns === columns) groups[groups.length - 1] = { ...last, rows: last.rows + 1 };
    else groups.push({ offset, rows: 1, columns });
    offset += columns;
  }
  return groups;
}

/** Entries of a flat p as the plan of a mixture that gives x itself to as many later nodes. */
export function directPlan(entries: readonly number[]): MixPlan {
  return { edges: entries, columns: 1, skip: 0, pool: -1, convs: [] };
}
