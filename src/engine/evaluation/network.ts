import { headForward } from '../head';
import type { Kernels, Tensor } from '../kernels';
import { backThrough, type Batch, type Block } from '../network';
import { residualForward } from '../residual';
import type { Statistics } from '../statistics';
import { stemForward } from '../stem';
import { Weights } from '../weights';
import { evaluationCell } from './cell';
import { EvaluationLayout, type EvaluationArchitecture } from './layout';

export interface EvaluationPass {
  /** `[2]`: mean cross-entropy and number of right answers. */
  readonly scores: Tensor;
  /** `[batch, classes]` */
  readonly logits: Tensor;
  /** Gradient of the loss, `[layout.size]`. Only of a pass with batch statistics, and once. */
  readonly gradient: () => Tensor;
}

/** A derived cell's own network: stem, three stages of cells, reductions between, head. */
export class EvaluationNetwork {
  readonly layout: EvaluationLayout;

  constructor(
    private readonly k: Kernels,
    architecture: EvaluationArchitecture,
  ) {
    this.layout = new EvaluationLayout(architecture);
  }

  /**
   * One forward pass. Call inside a scope: all that it keeps for the backward pass is freed with it.
   *
   * @param flat parameter vector, `[layout.size]`
   */
  forward(flat: Tensor, batch: Batch, statistics: Statistics): EvaluationPass {
    const { k, layout } = this;
    const weights = new Weights(k, layout, flat);
    const stem = stemForward(k, batch.images, weights, statistics);
    const { blocks, y } = this.body(stem.y, weights, statistics);
    const head = headForward(k, y, batch.labels, weights, statistics);
    return {
      scores: head.scores,
      logits: head.logits,
      gradient: () => {
        const into = new Weights(k, layout, k.fused.zeros([layout.size]));
        const g = head.backward(into);
        k.free(y);
        const dStem = backThrough(k, blocks, g, { weights: into, mixture: null, shifts: null })!;
        stem.backward(dStem, into);
        return into.flat;
      },
    };
  }

  private body(stem: Tensor, weights: Weights, statistics: Statistics) {
    const { k } = this;
    const { cells, genotype } = this.layout.architecture;
    const blocks: Block[] = [];
    let x = stem;
    for (let stage = 0; stage < 3; stage++) {
      if (stage > 0) {
        const { y, backward } = residualForward(k, `reduce${stage}`, x, weights, statistics);
        blocks.push({ x, backward: (dy, { weights: into }) => backward(dy, into) });
        x = y;
      }
      for (let c = 0; c < cells; c++) {
        const key = `stage${stage}.cell${c}`;
        const { y, backward } = evaluationCell(k, key, x, genotype, weights, statistics);
        blocks.push({ x, backward: (dy, { weights: into }, want) => backward(dy, into!, want) });
        x = y;
      }
    }
    return { blocks, y: x };
  }
}
