import type { SearchRecipe } from '../paper/space/space';
import type { Wanted } from './cell';
import type { Gates } from './gates';
import type { Kernels, Tensor } from './kernels';
import type { Parameters } from './parameters';
import { Weights } from './weights';

/** A batch on the device: normalised images `[batch, size, size, 3]` and int32 labels `[batch]`. */
export interface Batch {
  readonly images: Tensor;
  readonly labels: Tensor;
}

export interface Pass {
  /** `[2]`: mean cross-entropy and number of right answers. */
  readonly scores: Tensor;
  readonly logits: Tensor;
  /** Gradient of the loss with respect to the flat parameter vector, `[layout.size]`. */
  readonly weightGradient: () => Tensor;
  /** Gradient of the loss with respect to the mixture weights p, of p's shape. */
  readonly mixtureGradient: () => Tensor;
  /** With the gradient of a number added to all that an edge gives, `[6]`. Not in NAS-Bench-1Shot1. */
  readonly shiftGradients: () => { readonly mixture: Tensor; readonly shifts: Tensor };
  /** Both from one backward pass. A pass goes backward once. */
  readonly gradients: () => { readonly weights: Tensor; readonly mixture: Tensor };
}

/** How a pass is computed; the supernets of NAS-Bench-1Shot1 know no other way. */
export interface PassOptions {
  /** Of the ReLUs, their own unless told. */
  readonly gates?: Gates;
  /**
   * True: an operation whose weight in p is exactly 0 may be left out on that edge, forward and backward.
   * All numbers stay the same, but for the gradient of such an entry of p, which then means nothing: a
   * pass whose gradient of p is read there must not be sparse.
   */
  readonly sparse?: boolean;
}

/** A supernet of any search space. */
export interface Network {
  /** How the space's own code trains it. */
  readonly recipe: SearchRecipe;
  readonly layout: Parameters;
  /** Of the tensor that holds alpha: its rows one behind the other. */
  readonly alphaShape: readonly number[];
  /** Of alpha's shape: 1 for operations that an edge still has, 0 for dropped ones. Absent: it has all. */
  readonly kept?: Tensor | null;
  /** Mixture weights p: the softmax of alpha's rows. */
  mixture(alpha: Tensor): Tensor;
  /** Gradient of {@link mixture}, of alpha's shape. @param dp gradient of p */
  mixtureInput(p: Tensor, dp: Tensor): Tensor;
  /**
   * One forward pass in training mode (batch statistics everywhere). Call inside a scope: all that it
   * keeps for the backward pass is freed with the scope.
   *
   * @param flat parameter vector, `[layout.size]`
   */
  forward(flat: Tensor, p: Tensor, batch: Batch, options?: PassOptions): Pass;
}

const NOTHING: Wanted = { weights: null, mixture: null, shifts: null };

/** A pass from what a network computes forward and how it goes backward. */
export function passOf(
  k: Kernels,
  layout: Parameters,
  p: Tensor,
  { scores, logits }: Pick<Pass, 'scores' | 'logits'>,
  backward: (wanted: Wanted) => void,
): Pass {
  const weightsWanted = () => new Weights(k, layout, k.fused.zeros([layout.size]));
  const mixtureWanted = () => k.fused.zeros(p.shape);
  return {
    scores,
    logits,
    weightGradient: () => {
      const into = weightsWanted();
      backward({ ...NOTHING, weights: into });
      return into.flat;
    },
    mixtureGradient: () => {
      const mixture = mixtureWanted();
      backward({ ...NOTHING, mixture });
      return mixture;
    },
    shiftGradients: () => {
      const mixture = mixtureWanted();
      const shifts = k.fused.zeros([p.shape[0]!]);
      backward({ weights: null, mixture, shifts });
      return { mixture, shifts };
    },
    gradients: () => {
      const into = weightsWanted();
      const mixture = mixtureWanted();
      backward({ weights: into, mixture, shifts: null });
      return { weights: into.flat, mixture };
    },
  };
}

/** A part of a network's body: what it read, and how it goes back. */
export interface Block {
  readonly x: Tensor;
  /** @returns gradient with respect to x; null when `wantInput` is false */
  readonly backward: (dy: Tensor, wanted: Wanted, wantInput: boolean) => Tensor | null;
}

/**
 * Goes back through blocks, frees what they read and the gradients in between.
 *
 * @param g gradient of the last block's result; freed
 * @returns gradient of what the first block read; null when no weights are wanted: below the first
 *   cell there are only weights
 */
export function backThrough(
  k: Kernels,
  blocks: readonly Block[],
  g: Tensor,
  wanted: Wanted,
): Tensor | null {
  let gradient: Tensor | null = g;
  for (let i = blocks.length - 1; i >= 0; i--) {
    const { x, backward }: Block = blocks[i]!;
    const before: Tensor = gradient!;
    gradient = backward(before, wanted, i > 0 || wanted.weights !== null);
    k.free(before, x);
  }
  return gradient;
}

/**
 * With `recompute`, a cell keeps its input alone and is computed again on the way back, which costs a
 * second forward pass and saves most of the memory; the numbers stay the same.
 */
export function cellPass<Pass extends { readonly y: Tensor; readonly backward: Block['backward'] }>(
  k: Kernels,
  recompute: boolean,
  compute: () => Pass,
): Pick<Pass, 'y' | 'backward'> {
  if (!recompute) return compute();
  const y = k.scope(() => {
    const pass = compute();
    return { keep: [pass.y], value: pass.y };
  });
  return {
    y,
    backward: (dy, wanted, wantInput) =>
      k.scope(() => {
        const dx = compute().backward(dy, wanted, wantInput);
        return { keep: dx ? [dx] : [], value: dx };
      }),
  };
}
