import { EDGES } from '../../paper/cell';
import { groupForward, type CellMixture, type CellPass, type GroupPass } from '../cell';
import { directPlan } from '../fused/branch';
import type { MixPlan } from '../fused/fused';
import type { Gates } from '../gates';
import type { Kernels, Tensor } from '../kernels';
import type { Architecture } from '../layout';
import type { Weights } from '../weights';

/** A node of the cell and all edges that leave it. */
interface Source {
  readonly x: Tensor;
  /** The channels that the operations see. */
  readonly front: Tensor;
  readonly group: GroupPass;
  /** Edges alone: what passes the operations by. */
  readonly edges: MixPlan;
}

/**
 * A search cell of PC-DARTS (methods, section 9): operations see the first channels of a node, what
 * they give and the other channels are weighed by the edge and shuffled. The shuffle is the same on all
 * edges into a node, so it comes once, behind their sum.
 *
 * @param mixture of `PartialKernels.edgeMixture`
 */
export function partialCellForward(
  k: Kernels,
  key: string,
  x: Tensor,
  mixture: CellMixture,
  { ops, partial = 1 }: Pick<Architecture, 'ops' | 'partial'>,
  weights: Weights,
  gates: Gates,
): CellPass {
  const { partial: channels } = k.fused;
  const { p } = mixture;
  const sources: Source[] = [];
  let node = x;
  let fronts: readonly (Tensor | null)[] = [null, null, null];
  let rests: readonly (Tensor | null)[] = [null, null, null];
  for (let i = 0; i < 3; i++) {
    const front = channels.front(node, partial);
    const name = `${key}.source${i}`;
    const group = groupForward(k, name, i, front, mixture, fronts, ops, weights, gates);
    const edges = edgePlan(i, ops.length);
    const passed = k.fused.mix(node, p, [], rests, edges);
    sources.push({ x: node, front, group, edges });
    node = channels.shuffle(group.nodes[0]!, passed[0]!);
    k.free(group.nodes[0]!, passed[0]!);
    fronts = group.nodes.slice(1);
    rests = passed.slice(1);
  }
  return {
    y: node,
    backward: (dy, wanted, wantInput) => {
      const dFronts: Tensor[] = [];
      const dRests: Tensor[] = [];
      let dNode: Tensor | null = dy;
      for (const [i, source] of [...sources.entries()].toReversed()) {
        const parts = channels.unshuffle(dNode!, partial);
        dFronts.unshift(parts.front);
        dRests.unshift(parts.rest);
        if (dNode !== dy) k.free(dNode!);
        const wantNode = i > 0 || wantInput;
        const { group, edges, front } = source;
        const dFront = group.backward(dFronts, wanted, wantNode);
        if (wanted.mixture) {
          k.free(k.fused.mixSums(source.x, [], dRests, wanted.mixture, edges));
        }
        k.free(front, ...(i > 0 ? [source.x] : []));
        dNode = null;
        if (!dFront) continue;
        dNode = k.fused.mixInput(p, dRests, null, edges);
        channels.addFront(dNode, dFront);
        k.free(dFront);
      }
      k.free(...dFronts, ...dRests);
      return dNode;
    },
  };
}

/** Where p has the weights of the edges that leave a node. */
function edgePlan(source: number, columns: number): MixPlan {
  const edges = EDGES.filter((edge) => edge.source === source);
  return directPlan(edges.map(({ index }) => EDGES.length * columns + index));
}
