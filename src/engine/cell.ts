import type { Operation } from '../paper/operation';
import type { Gates } from './gates';
import type { Kernels, Tensor } from './kernels';
import { convolutionsOf, mixPlan } from './mixture';
import type { Weights } from './weights';

/** What a backward pass is for; null is left out. */
export interface Wanted {
  /** Gradient of the weights, a segment for each. */
  readonly weights: Weights | null;
  /** Gradient of the mixture weights p, of p's shape, added to in place. */
  readonly mixture: Tensor | null;
  /** Gradient of a number added to all that an edge gives, `[6]`, added to in place. */
  readonly shifts: Tensor | null;
}

/** The mixture weights p, `[rows, ops]`. */
export interface CellMixture {
  readonly p: Tensor;
  /** Row of the cell's first edge; its six follow each other. */
  readonly first: number;
  /** See `PassOptions`. */
  readonly sparse: boolean;
}

export interface CellPass {
  /** Node 3, `[batch, height, width, channels]`. */
  readonly y: Tensor;
  /** @returns gradient with respect to the cell's input; null when `wantInput` is false */
  readonly backward: (dy: Tensor, wanted: Wanted, wantInput: boolean) => Tensor | null;
}

export interface GroupPass {
  /** The later nodes so far, in their order. */
  readonly nodes: readonly Tensor[];
  /** @param dys gradients of the later nodes */
  readonly backward: (dys: readonly Tensor[], wanted: Wanted, wantInput: boolean) => Tensor | null;
}

/**
 * A search cell: node i is the sum over all j < i of the mixture of operations of node j
 * (nas-bench-201, section 1). All edges that leave one node are computed together: one convolution
 * per kernel size with the filters of the edges side by side, one batch norm over all of them whose
 * scale is the edge's p, so that dL/dp falls out of the gradient of the scale.
 */
export function cellForward(
  k: Kernels,
  key: string,
  x: Tensor,
  mixture: CellMixture,
  ops: readonly Operation[],
  weights: Weights,
  gates: Gates,
): CellPass {
  const sources: Tensor[] = [];
  let source = x;
  let later: readonly (Tensor | null)[] = [null, null, null];
  const groups: GroupPass[] = [];
  for (let i = 0; i < 3; i++) {
    const name = `${key}.source${i}`;
    const group = groupForward(k, name, i, source, mixture, later, ops, weights, gates);
    groups.push(group);
    sources.push(source);
    source = group.nodes[0]!;
    later = group.nodes.slice(1);
  }
  return {
    y: source,
    backward: (dy, wanted, wantInput) => {
      const dNodes: (Tensor | null)[] = [null, null, null, dy];
      for (const i of [2, 1, 0]) {
        const dys = dNodes.slice(i + 1) as Tensor[];
        dNodes[i] = groups[i]!.backward(dys, wanted, i > 0 || wantInput);
        if (i > 0) k.free(sources[i]!);
      }
      k.free(dNodes[1]!, dNodes[2]!);
      return dNodes[0]!;
    },
  };
}

/** Node `source` of a cell and all edges that leave it. */
export function groupForward(
  k: Kernels,
  key: string,
  source: number,
  x: Tensor,
  { p, first, sparse }: CellMixture,
  later: readonly (Tensor | null)[],
  ops: readonly Operation[],
  weights: Weights,
  gates: Gates,
): GroupPass {
  const { fused } = k;
  const plan = { ...mixPlan(source, ops, first), drawn: sparse ? p : null };
  const { read, relu, mask } = gates.of(key, x);
  const options = { stride: 1, relu } as const;
  const keys = convolutionsOf(ops).map(({ name }) => `${key}.${name}`);
  const filters = keys.map((segment) => weights.get(segment));
  const convs = filters.length > 0 ? fused.convNorms(read, filters, options, plan) : [];
  const nodes = fused.mix(x, p, convs, later, plan);

  const backward: GroupPass['backward'] = (dys, wanted, wantInput) => {
    const sums = fused.mixSums(x, convs, dys, wanted.mixture, plan);
    if (wanted.shifts) fused.methods.addShifts(sums, wanted.shifts, plan);
    const into = wanted.weights;
    const wantConvs = convs.length > 0 && (wantInput || into !== null);
    const dzs = wantConvs ? fused.mixConvs(p, convs, sums, dys, plan) : [];
    for (const { z } of convs) k.free(z);
    if (into && wantConvs) {
      const gradients = dzs.map((dz, i) => ({ dz, into: into.get(keys[i]!) }));
      fused.convFilters(read, gradients, options, plan);
    }
    if (!wantInput) return null;
    const gradients = dzs.map((dz, i) => ({ dz, filter: filters[i]! }));
    const dx = fused.sourceInput(mask, p, gradients, dys, plan);
    k.free(...dzs);
    return dx;
  };
  return { nodes, backward };
}
