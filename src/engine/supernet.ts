import { NAS_BENCH_201 } from '../paper/space/nas-bench-201';
import { cellForward, type CellMixture, type CellPass } from './cell';
import { ownGates, type Gates } from './gates';
import { headForward } from './head';
import type { Kernels, Tensor } from './kernels';
import { Layout, type Architecture } from './layout';
import {
  backThrough,
  cellPass,
  passOf,
  type Batch,
  type Block,
  type Network,
  type Pass,
  type PassOptions,
} from './network';
import { residualForward } from './residual';
import { batchStatistics } from './statistics';
import { stemForward } from './stem';
import { Weights } from './weights';

/** The scaled NAS-Bench-201 supernet: stem, three stages of cells, reductions between, head. */
export class Supernet implements Network {
  readonly recipe = NAS_BENCH_201.recipe;
  readonly layout: Layout;
  /** Rows of p between the first edges of two stages' cells; 0: one alpha serves all. */
  protected readonly rowsPerStage: number = 0;

  /** @param recompute see `cellPass` */
  constructor(
    protected readonly k: Kernels,
    readonly architecture: Architecture,
    readonly recompute = false,
  ) {
    this.layout = new Layout(architecture);
  }

  /** `[6, ops]`, as is p. */
  get alphaShape(): readonly number[] {
    return [6, this.architecture.ops.length];
  }

  mixture(alpha: Tensor): Tensor {
    return this.k.fused.softmax(alpha);
  }

  mixtureInput(p: Tensor, dp: Tensor): Tensor {
    return this.k.fused.softmaxInput(p, dp);
  }

  forward(flat: Tensor, p: Tensor, batch: Batch, options: PassOptions = {}): Pass {
    const { k, layout } = this;
    const { gates = ownGates(k), sparse = false } = options;
    const mixture = { p, first: 0, sparse };
    const weights = new Weights(k, layout, flat);
    const stem = stemForward(k, batch.images, weights);
    const { blocks, y } = this.body(stem.y, mixture, weights, gates);
    const head = headForward(k, y, batch.labels, weights, batchStatistics(k), gates);
    return passOf(k, layout, p, head, (wanted) => {
      const g = head.backward(wanted.weights);
      k.free(y);
      const dStem = backThrough(k, blocks, g, wanted);
      if (dStem && wanted.weights) stem.backward(dStem, wanted.weights);
    });
  }

  /** A search cell on x. @param key of its segments */
  protected cell(
    key: string,
    x: Tensor,
    mixture: CellMixture,
    weights: Weights,
    gates: Gates,
  ): CellPass {
    return cellForward(this.k, key, x, mixture, this.architecture.ops, weights, gates);
  }

  private body(stem: Tensor, mixture: CellMixture, weights: Weights, gates: Gates) {
    const { k, recompute } = this;
    const { cells } = this.architecture;
    const blocks: Block[] = [];
    let x = stem;
    for (let stage = 0; stage < 3; stage++) {
      if (stage > 0) {
        const { y, backward } = residualForward(
          k,
          `reduce${stage}`,
          x,
          weights,
          batchStatistics(k),
          gates,
        );
        blocks.push({ x, backward: (dy, wanted) => backward(dy, wanted.weights) });
        x = y;
      }
      const own = { ...mixture, first: stage * this.rowsPerStage };
      for (let c = 0; c < cells; c++) {
        const before = x;
        const key = `stage${stage}.cell${c}`;
        const compute = () => this.cell(key, before, own, weights, gates);
        const { y, backward } = cellPass(k, recompute, compute);
        blocks.push({ x: before, backward });
        x = y;
      }
    }
    return { blocks, y: x };
  }
}
