import { cellForward, type CellPass, type Wanted } from './cell';
import { headForward } from './head';
import type { Kernels, Tensor } from './kernels';
import { Layout, type Architecture } from './layout';
import { residualForward, type BlockPass } from './residual';
import { stemForward } from './stem';
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
  /** Gradient of the loss with respect to the mixture weights p, `[6, ops]`. */
  readonly mixtureGradient: () => Tensor;
  /** Both from one backward pass. A pass goes backward once. */
  readonly gradients: () => { readonly weights: Tensor; readonly mixture: Tensor };
}

/** A part of the body and what it read. */
type Block = { readonly x: Tensor } & (
  { readonly cell: CellPass } | { readonly reduction: BlockPass }
);

/** The scaled NAS-Bench-201 supernet: stem, three stages of cells, reductions between, head. */
export class Supernet {
  readonly layout: Layout;

  /**
   * @param recompute true: a cell keeps its input alone and is computed again on the way back, which
   *   costs a second forward pass and saves most of the memory; the numbers stay the same
   */
  constructor(
    private readonly k: Kernels,
    readonly architecture: Architecture,
    readonly recompute = false,
  ) {
    this.layout = new Layout(architecture);
  }

  /**
   * One forward pass in training mode (batch statistics everywhere). Call inside a scope: all that it
   * keeps for the backward pass is freed with the scope.
   *
   * @param flat parameter vector, `[layout.size]`
   * @param p mixture weights, `[6, ops]`, e.g. softmax(alpha)
   */
  forward(flat: Tensor, p: Tensor, batch: Batch): Pass {
    const { k, layout } = this;
    const weights = new Weights(k, layout, flat);
    const stem = stemForward(k, batch.images, weights);
    const blocks = this.body(stem.y, p, weights);
    const last = blocks.at(-1)!;
    const x = 'cell' in last ? last.cell.y : last.reduction.y;
    const head = headForward(k, x, batch.labels, weights);

    const backward = (wanted: Wanted) => {
      let g = head.backward(wanted.weights);
      k.free(x);
      for (let i = blocks.length - 1; i >= 0; i--) {
        const block = blocks[i]!;
        const before = g;
        // Below the first cell there are only weights.
        const next =
          'cell' in block
            ? block.cell.backward(before, wanted, i > 0 || wanted.weights !== null)
            : block.reduction.backward(before, wanted.weights);
        k.free(before, block.x);
        if (!next) return;
        g = next;
      }
      if (wanted.weights) stem.backward(g, wanted.weights);
    };
    const weightsWanted = () => new Weights(k, layout, k.fused.zeros([layout.size]));
    const mixtureWanted = () => k.fused.zeros(p.shape);
    return {
      scores: head.scores,
      logits: head.logits,
      weightGradient: () => {
        const into = weightsWanted();
        backward({ weights: into, mixture: null });
        return into.flat;
      },
      mixtureGradient: () => {
        const mixture = mixtureWanted();
        backward({ weights: null, mixture });
        return mixture;
      },
      gradients: () => {
        const into = weightsWanted();
        const mixture = mixtureWanted();
        backward({ weights: into, mixture });
        return { weights: into.flat, mixture };
      },
    };
  }

  private body(stem: Tensor, p: Tensor, weights: Weights): Block[] {
    const blocks: Block[] = [];
    let x = stem;
    for (let stage = 0; stage < 3; stage++) {
      if (stage > 0) {
        const reduction = residualForward(this.k, `reduce${stage}`, x, weights);
        blocks.push({ x, reduction });
        x = reduction.y;
      }
      for (let c = 0; c < this.architecture.cells; c++) {
        const cell = this.cell(`stage${stage}.cell${c}`, x, p, weights);
        blocks.push({ x, cell });
        x = cell.y;
      }
    }
    return blocks;
  }

  private cell(key: string, x: Tensor, p: Tensor, weights: Weights): CellPass {
    const { k } = this;
    const { ops } = this.architecture;
    const compute = () => cellForward(k, key, x, p, ops, weights);
    if (!this.recompute) return compute();
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
}
