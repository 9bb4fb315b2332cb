import type { SearchRecipe } from '../../paper/space/space';
import type { Weight } from '../fused/branch';
import type { Kernels, Tensor } from '../kernels';
import {
  backThrough,
  cellPass,
  passOf,
  type Batch,
  type Block,
  type Network,
  type Pass,
} from '../network';
import { Weights } from '../weights';
import { oneShotCellForward } from './cell';
import { oneShotHeadForward } from './head';
import { OneShotLayout, type OneShotArchitecture } from './layout';
import { oneShotPlan, type OneShotPlan } from './plan';
import { unitFilters, unitGradient, unitsForward } from './unit';

/** Halves an image, and a pixel more: 8 become 5. */
const DOWN = { size: 2, stride: 2 } as const;

/** The scaled supernet of a NAS-Bench-1Shot1 space: stem, three stages of cells, max pools between, head. */
export class OneShotSupernet implements Network {
  readonly recipe: SearchRecipe;
  readonly layout: OneShotLayout;
  /** `[size]`; p has one entry more. */
  readonly alphaShape: readonly number[];
  private readonly plan: OneShotPlan;

  /** @param recompute see `cellPass` */
  constructor(
    private readonly k: Kernels,
    readonly architecture: OneShotArchitecture,
    readonly recompute = false,
  ) {
    this.layout = new OneShotLayout(architecture);
    this.recipe = architecture.space.recipe;
    this.plan = oneShotPlan(architecture.space.shape);
    this.alphaShape = [this.plan.one];
  }

  mixture(alpha: Tensor): Tensor {
    return this.k.fused.branches.softmaxRows(alpha, this.plan.lengths);
  }

  mixtureInput(p: Tensor, dp: Tensor): Tensor {
    return this.k.fused.branches.softmaxRowsInput(p, dp, this.plan.lengths);
  }

  forward(flat: Tensor, p: Tensor, batch: Batch): Pass {
    const { k, layout } = this;
    const weights = new Weights(k, layout, flat);
    const always: Weight = { p, entry: this.plan.one };
    const stem = unitsForward(k, batch.images, ['stem'], weights)[0]!;
    const x = k.fused.branches.rectified(stem, always, null);
    const { blocks, y } = this.body(x, p, always, weights);
    const head = oneShotHeadForward(k, y, batch.labels, weights);
    return passOf(k, layout, p, head, (wanted) => {
      const g = head.backward(wanted.weights);
      k.free(y);
      const dStem = backThrough(k, blocks, g, wanted);
      if (!dStem || !wanted.weights) return;
      const dz = unitGradient(k, stem, always, dStem, null, wanted.weights);
      unitFilters(k, batch.images, [{ unit: stem, dz }], wanted.weights);
    });
  }

  private body(stem: Tensor, p: Tensor, always: Weight, weights: Weights) {
    const { k, plan, recompute } = this;
    const { branches } = k.fused;
    const blocks: Block[] = [];
    let x = stem;
    for (let stage = 0; stage < 3; stage++) {
      if (stage > 0) {
        const before = x;
        const backward = (dy: Tensor) =>
          branches.maxPoolInput(before, always, dy, null, null, DOWN);
        x = branches.maxPool(before, always, DOWN);
        blocks.push({ x: before, backward });
      }
      for (let c = 0; c < this.architecture.cells; c++) {
        const before = x;
        const key = `stage${stage}.cell${c}`;
        const compute = () => oneShotCellForward(k, key, before, p, plan, weights);
        const { y, backward } = cellPass(k, recompute, compute);
        blocks.push({ x: before, backward });
        x = y;
      }
    }
    return { blocks, y: x };
  }
}
