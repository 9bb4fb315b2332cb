import type { CellMixture, CellPass } from '../cell';
import type { Gates } from '../gates';
import { sizeOf, type Tensor } from '../kernels';
import { Supernet } from '../supernet';
import type { Weights } from '../weights';
import { partialCellForward } from './cell';

/**
 * The supernet of PC-DARTS. Alpha holds the rows of the operations and, behind them, a number for each
 * edge; p holds the weight of each operation times that of its edge, and behind them those of the edges.
 */
export class PartialSupernet extends Supernet {
  /** `[6 * ops + 6]`, as is p. */
  override get alphaShape(): readonly number[] {
    return [sizeOf(super.alphaShape) + 6];
  }

  override mixture(alpha: Tensor): Tensor {
    return this.k.fused.partial.edgeMixture(alpha);
  }

  override mixtureInput(p: Tensor, dp: Tensor): Tensor {
    return this.k.fused.partial.edgeMixtureInput(p, dp);
  }

  protected override cell(
    key: string,
    x: Tensor,
    mixture: CellMixture,
    weights: Weights,
    gates: Gates,
  ): CellPass {
    return partialCellForward(this.k, key, x, mixture, this.architecture, weights, gates);
  }
}
