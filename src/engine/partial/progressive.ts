import { EDGES } from '../../paper/cell';
import type { CellMixture, CellPass } from '../cell';
import type { Gates } from '../gates';
import type { Kernels, Tensor } from '../kernels';
import type { Architecture } from '../layout';
import { Supernet } from '../supernet';
import type { Weights } from '../weights';
import { partialCellForward } from './cell';

/**
 * The supernet of a stage of a progressive search (methods, section 8): operations see a part of the
 * channels, all edges weigh alike, and some operations may have been dropped.
 */
export class ProgressiveSupernet extends Supernet {
  /** @param kept see `Network`; null while every edge has all operations */
  constructor(
    k: Kernels,
    architecture: Architecture,
    recompute: boolean,
    readonly kept: Tensor | null = null,
  ) {
    super(k, architecture, recompute);
  }

  protected override cell(
    key: string,
    x: Tensor,
    mixture: CellMixture,
    weights: Weights,
    gates: Gates,
  ): CellPass {
    const { k, architecture } = this;
    // The softmax of a single number: ones that a captured step makes by itself.
    const values = k.fused.softmax(k.fused.zeros([EDGES.length, 1]));
    const weighing = { values, first: 0, searched: false };
    return partialCellForward(k, key, x, mixture, weighing, architecture, weights, gates);
  }
}
