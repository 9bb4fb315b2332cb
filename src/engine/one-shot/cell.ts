import type { CellPass } from '../cell';
import { directPlan, type Weight } from '../fused/branch';
import type { Kernels, Tensor } from '../kernels';
import type { Weights } from '../weights';
import type { OneShotPlan } from './plan';
import { unitFilters, unitGradient, unitInput, unitsForward, type Unit } from './unit';

const MAX_POOL = { size: 3, stride: 1 } as const;

/** A choice block's way back. */
interface BlockPass {
  /** The mixture of the block's operations. */
  readonly x: Tensor;
  /** @returns gradient with respect to what the block read */
  readonly backward: (dx: Tensor, dp: Tensor | null, into: Weights | null) => Tensor;
}

/**
 * A NAS-Bench-1Shot1 search cell (nas-bench-1shot1, section 3): choice block i mixes its operations on
 * the weighted sum of a projection of the cell's input and of the blocks before it; the output is the
 * weighted projection of the input plus the weighted blocks side by side. What leaves a block goes to
 * all later nodes in one mixture that gives it on as it is.
 *
 * @param s `[batch, height, width, inputs]`
 * @param p flat, `[plan.one + 1]`
 */
export function oneShotCellForward(
  k: Kernels,
  key: string,
  s: Tensor,
  p: Tensor,
  plan: OneShotPlan,
  weights: Weights,
): CellPass {
  const { fused } = k;
  const { blocks } = plan;
  const at = (entry: number): Weight => ({ p, entry });
  const numbers = Array.from({ length: blocks }, (_, i) => i + 1);
  // Alone, since the projections of all blocks and their results together are more than WebGPU binds.
  const project = (name: string) => unitsForward(k, s, [`${key}.${name}.projection`], weights)[0]!;
  const projections = numbers.map((block) => project(`block${block}`));
  const outer = project('output');

  /** Places of the weights by which block i goes on: to the later blocks, then to the output. */
  const onward = (block: number) =>
    directPlan([
      ...numbers.slice(block).map((later) => plan.input(later, block)),
      plan.output(block),
    ]);
  const nodes = numbers.map((block) =>
    fused.branches.rectified(projections[block - 1]!, at(plan.input(block, 0)), null),
  );
  const parts: Tensor[] = [];
  const passes = numbers.map((block) => {
    const pass = blockForward(
      k,
      `${key}.block${block}`,
      block,
      nodes[block - 1]!,
      p,
      plan,
      weights,
    );
    const later = fused.mix(pass.x, p, [], [...nodes.slice(block), null], onward(block));
    nodes.splice(block, blocks - block, ...later.slice(0, -1));
    parts.push(later.at(-1)!);
    return pass;
  });
  const joined = fused.branches.join(parts);
  k.free(...parts);

  const backward: CellPass['backward'] = (dy, { weights: into, mixture: dp }, wantInput) => {
    const ways: { unit: Unit; dz: Tensor }[] = [];
    const goBack = (unit: Unit, entry: number, g: Tensor) =>
      ways.push({ unit, dz: unitGradient(k, unit, at(entry), g, dp, into) });
    goBack(outer, plan.output(0), dy);
    const dParts = fused.branches.split(dy, blocks);
    const dNodes: Tensor[] = [];
    for (const block of numbers.toReversed()) {
      const dys = [...dNodes, dParts[block - 1]!];
      const { x, backward: blockBackward } = passes[block - 1]!;
      if (dp) k.free(fused.mixSums(x, [], dys, dp, onward(block)));
      const dx = fused.mixInput(p, dys, null, onward(block));
      k.free(x, dParts[block - 1]!);
      const dNode = blockBackward(dx, dp, into);
      k.free(dx, nodes[block - 1]!);
      goBack(projections[block - 1]!, plan.input(block, 0), dNode);
      dNodes.unshift(dNode);
    }
    k.free(...dNodes);
    let ds: Tensor | null = null;
    for (const way of ways) {
      if (into) unitFilters(k, s, [way], into);
      if (wantInput) ds = unitInput(k, s, way.unit, way.dz, ds);
      k.free(way.dz);
    }
    return ds;
  };
  return { y: fused.branches.rectified(outer, at(plan.output(0)), joined), backward };
}

/** The operations of a choice block on z. */
function blockForward(
  k: Kernels,
  key: string,
  block: number,
  z: Tensor,
  p: Tensor,
  plan: OneShotPlan,
  weights: Weights,
): BlockPass {
  const { branches } = k.fused;
  const pool = { p, entry: plan.operation(block, 'maxpool3x3') };
  const units = unitsForward(k, z, [`${key}.conv3`, `${key}.conv1`], weights);
  const entries = [
    { p, entry: plan.operation(block, 'conv3x3-bn-relu') },
    { p, entry: plan.operation(block, 'conv1x1-bn-relu') },
  ];
  let x = branches.maxPool(z, pool, MAX_POOL);
  units.forEach((unit, i) => (x = branches.rectified(unit, entries[i]!, x)));
  return {
    x,
    backward: (dx, dp, into) => {
      const ways = units.map((unit, i) => ({
        unit,
        dz: unitGradient(k, unit, entries[i]!, dx, dp, into),
      }));
      if (into) unitFilters(k, z, ways, into);
      let sum: Tensor | null = null;
      for (const { unit, dz } of ways) {
        sum = unitInput(k, z, unit, dz, sum);
        k.free(dz);
      }
      return branches.maxPoolInput(z, pool, dx, dp, sum, MAX_POOL);
    },
  };
}
