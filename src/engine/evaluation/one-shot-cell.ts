import type { OneShotCell } from '../../paper/space/one-shot';
import { blockWidths } from '../../paper/space/one-shot-network';
import type { Weight } from '../fused/branch';
import type { Kernels, Tensor } from '../kernels';
import { unitFilters, unitGradient, unitInput, unitsForward, type Unit } from '../one-shot/unit';
import type { Statistics } from '../statistics';
import type { Weights } from '../weights';
import { carry, carryInput, joinBlocks, splitBlocks } from './carry';

const MAX_POOL = { size: 3, stride: 1 } as const;

export interface OneShotCellPass {
  /** `[batch, height, width, width of the stage]` */
  readonly y: Tensor;
  /** Fills the gradients of the cell's weights. @returns gradient with respect to the cell's input */
  readonly backward: (dy: Tensor, into: Weights) => Tensor;
}

/** A block's way back. */
interface BlockPass {
  readonly x: Tensor;
  /** @returns gradient with respect to what the block read */
  readonly backward: (dx: Tensor, into: Weights) => Tensor;
}

/**
 * A derived NAS-Bench-1Shot1 cell as NAS-Bench-101 builds it: a block works on the sum of the blocks
 * that it reads and of its own projection of the cell's input, if it reads that; the blocks that the
 * output reads lie side by side there, and to them a projection of the input is added, if the output
 * reads it. For widths see `blockWidths`: a block gives a narrower one its first channels.
 *
 * @param s `[batch, height, width, inputs]`
 * @param cell pruned
 * @param width channels of the result
 */
export function oneShotEvaluationCell(
  k: Kernels,
  key: string,
  s: Tensor,
  cell: OneShotCell,
  width: number,
  weights: Weights,
  statistics: Statistics,
): OneShotCellPass {
  const { branches } = k.fused;
  const always: Weight = { p: k.scalar(1), entry: 0 };
  const widths = blockWidths(cell, width);
  const used = widths.flatMap((own, at) => (own > 0 ? [at + 1] : []));
  const feeding = cell.output.filter((node) => node > 0);
  const readBy = (block: number) => cell.parents[block - 1]!.filter((node) => node > 0);
  const project = (node: string) =>
    unitsForward(k, s, [`${key}.${node}.projection`], weights, statistics)[0]!;

  const projections = new Map<number, Unit>();
  const reads = new Map<number, Tensor>();
  const passes = new Map<number, BlockPass>();
  for (const block of used) {
    let z: Tensor | null = null;
    if (cell.parents[block - 1]!.includes(0)) {
      const projection = project(`block${block}`);
      projections.set(block, projection);
      z = branches.rectified(projection, always, null);
    }
    for (const from of readBy(block)) z = carry(k, passes.get(from)!.x, widths[block - 1]!, z);
    reads.set(block, z!);
    const op = cell.ops[block - 1]!;
    passes.set(
      block,
      op === 'maxpool3x3'
        ? pooled(k, z!, always)
        : convolved(k, `${key}.block${block}`, z!, always, weights, statistics),
    );
  }
  const parts = feeding.map((block) => passes.get(block)!.x);
  const joined = joinBlocks(k, parts, width);
  const outer = cell.output.includes(0) ? project('output') : null;

  return {
    y: outer ? branches.rectified(outer, always, joined) : joined,
    backward: (dy, into) => {
      let ds: Tensor | null = null;
      const goBack = (unit: Unit, g: Tensor) => {
        const dz = unitGradient(k, unit, always, g, null, into);
        unitFilters(k, s, [{ unit, dz }], into);
        ds = unitInput(k, s, unit, dz, ds);
        k.free(dz);
      };
      if (outer) goBack(outer, dy);
      const dParts = splitBlocks(k, dy, parts);
      const dxs = new Map<number, Tensor>(feeding.map((block, at) => [block, dParts[at]!]));
      for (const block of used.toReversed()) {
        const { x, backward } = passes.get(block)!;
        const dx = dxs.get(block)!;
        const dz = backward(dx, into);
        k.free(dx, x, reads.get(block)!);
        for (const from of readBy(block)) {
          dxs.set(from, carryInput(k, dz, passes.get(from)!.x, dxs.get(from) ?? null));
        }
        const projection = projections.get(block);
        if (projection) goBack(projection, dz);
        k.free(dz);
      }
      return ds!;
    },
  };
}

function pooled(k: Kernels, z: Tensor, always: Weight): BlockPass {
  const { branches } = k.fused;
  return {
    x: branches.maxPool(z, always, MAX_POOL),
    backward: (dx) => branches.maxPoolInput(z, always, dx, null, null, MAX_POOL),
  };
}

/** Convolution, batch norm, ReLU. */
function convolved(
  k: Kernels,
  key: string,
  z: Tensor,
  always: Weight,
  weights: Weights,
  statistics: Statistics,
): BlockPass {
  const unit = unitsForward(k, z, [key], weights, statistics)[0]!;
  return {
    x: k.fused.branches.rectified(unit, always, null),
    backward: (dx, into) => {
      const dz = unitGradient(k, unit, always, dx, null, into);
      unitFilters(k, z, [{ unit, dz }], into);
      const g = unitInput(k, z, unit, dz, null);
      k.free(dz);
      return g;
    },
  };
}
