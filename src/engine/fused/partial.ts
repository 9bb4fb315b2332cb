import type { Tensor } from './operands';

/**
 * What only PC-DARTS needs: weights of edges, and operations on a part of the channels. The conventions
 * are those of `FusedKernels`.
 */
export interface PartialKernels {
  /**
   * Weights of operations and of edges: the softmax of each edge's row times the
   * edge's own weight, and behind them those weights, a softmax over the edges that enter a node.
   *
   * @param alpha the rows of six edges, then a number for each edge: `[6 * columns + 6]`
   * @returns p, of alpha's shape
   */
  edgeMixture(alpha: Tensor): Tensor;
  /** Gradient of {@link edgeMixture}. */
  edgeMixtureInput(p: Tensor, dp: Tensor): Tensor;
  /** The first of x's channels, one in `share`. */
  front(x: Tensor, share: number): Tensor;
  /** Adds to the first channels of x, *in place*. */
  addFront(x: Tensor, front: Tensor): void;
  /**
   * The channels of `front` and, behind them, those of `rest` after its own first ones, shuffled:
   * `share` groups side by side become the neighbours of every channel, `share` = rest / front.
   */
  shuffle(front: Tensor, rest: Tensor): Tensor;
  /** Gradient of {@link shuffle}; that of the first channels of `rest` is 0. */
  unshuffle(dy: Tensor, share: number): { readonly front: Tensor; readonly rest: Tensor };
}

/** Below it the weight of an edge divides no more. */
export const LEAST_WEIGHT = 1e-30;
