import type { Weight } from '../fused/branch';
import type { Kernels, Tensor } from '../kernels';
import { backThrough, type Batch, type Block } from '../network';
import { unitFilters, unitGradient, unitsForward } from '../one-shot/unit';
import type { Statistics } from '../statistics';
import { Weights } from '../weights';
import type { EvaluationPass } from './network';
import { oneShotEvaluationCell } from './one-shot-cell';
import { OneShotCellLayout, type OneShotCellArchitecture } from './one-shot-layout';

/** As between the stages of the supernet: 8 pixels become 5. */
const DOWN = { size: 2, stride: 2 } as const;

/**
 * The network of a derived NAS-Bench-1Shot1 cell, in the skeleton of the supernet: a 3x3 convolution,
 * three stages of cells whose width doubles behind a max pool; then NAS-Bench-101's head, the mean over
 * the pixels and a linear classifier. The supernet's 1x1 convolution before it is left out: the width
 * that it brings down is not there.
 */
export class OneShotEvaluation {
  readonly layout: OneShotCellLayout;

  constructor(
    private readonly k: Kernels,
    architecture: OneShotCellArchitecture,
  ) {
    this.layout = new OneShotCellLayout(architecture);
  }

  /** See `EvaluationNetwork`. */
  forward(flat: Tensor, batch: Batch, statistics: Statistics): EvaluationPass {
    const { k, layout } = this;
    const { fused } = k;
    const weights = new Weights(k, layout, flat);
    const always: Weight = { p: k.scalar(1), entry: 0 };
    const stem = unitsForward(k, batch.images, ['stem'], weights, statistics)[0]!;
    const { blocks, y } = this.body(
      fused.branches.rectified(stem, always, null),
      always,
      weights,
      statistics,
    );
    const pooled = fused.branches.pixelMean(y);
    const weight = weights.get('head.fc.weight');
    const bias = weights.get('head.fc.bias');
    const { logits, scores, dLogits } = fused.classify(pooled, weight, bias, batch.labels);
    return {
      scores,
      logits,
      gradient: () => {
        const into = new Weights(k, layout, fused.zeros([layout.size]));
        fused.classifyWeights(pooled, dLogits, {
          weight: into.get('head.fc.weight'),
          bias: into.get('head.fc.bias'),
        });
        const dPooled = fused.classifyInput(dLogits, weight);
        const g = fused.branches.pixelMeanInput(dPooled, y.shape);
        k.free(y);
        const wanted = { weights: into, mixture: null, shifts: null };
        const dStem = backThrough(k, blocks, g, wanted)!;
        const dz = unitGradient(k, stem, always, dStem, null, into);
        unitFilters(k, batch.images, [{ unit: stem, dz }], into);
        return into.flat;
      },
    };
  }

  private body(stem: Tensor, always: Weight, weights: Weights, statistics: Statistics) {
    const { k } = this;
    const { branches } = k.fused;
    const { cell, cells, channels } = this.layout.architecture;
    const blocks: Block[] = [];
    let x = stem;
    for (let stage = 0; stage < 3; stage++) {
      if (stage > 0) {
        const before = x;
        x = branches.maxPool(before, always, DOWN);
        blocks.push({
          x: before,
          backward: (dy) => branches.maxPoolInput(before, always, dy, null, null, DOWN),
        });
      }
      for (let c = 0; c < cells; c++) {
        const key = `stage${stage}.cell${c}`;
        const width = channels << stage;
        const pass = oneShotEvaluationCell(k, key, x, cell, width, weights, statistics);
        blocks.push({ x, backward: (dy, { weights: into }) => pass.backward(dy, into!) });
        x = pass.y;
      }
    }
    return { blocks, y: x };
  }
}
