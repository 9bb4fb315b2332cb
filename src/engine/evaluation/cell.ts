import { EDGES, type Edge, type Genotype } from '../../paper/cell';
import type { Operation } from '../../paper/operation';
import { directPlan } from '../fused/branch';
import type { MixPlan } from '../fused/fused';
import type { Kernels, Tensor } from '../kernels';
import type { Statistics } from '../statistics';
import type { Weights } from '../weights';
import { edgeKey } from './layout';

export interface EvaluationCellPass {
  /** Node 3, `[batch, height, width, channels]`. */
  readonly y: Tensor;
  /**
   * @param into gradient of the weights
   * @returns gradient with respect to the cell's input; null when `wantInput` is false
   */
  readonly backward: (dy: Tensor, into: Weights, wantInput: boolean) => Tensor | null;
}

type Kind = 'conv' | 'skip' | 'pool';

/** What all edges that leave one node computed. */
interface SourcePass {
  /** @returns gradient with respect to the node; null when `wantInput` is false */
  readonly backward: (
    dNodes: readonly (Tensor | null)[],
    into: Weights,
    wantInput: boolean,
  ) => Tensor | null;
}

const OPTIONS = { stride: 1, relu: true } as const;

/** What each operation does; `none` does nothing. */
const KIND: Readonly<Partial<Record<Operation, Kind>>> = {
  skip_connect: 'skip',
  nor_conv_1x1: 'conv',
  nor_conv_3x3: 'conv',
  avg_pool_3x3: 'pool',
};

/**
 * A cell with one operation on each edge: node i is the sum of its edges, the output node 3
 * (nas-bench-201, section 1). Edges that the output does not depend on are not computed: in the
 * reference nothing reads what they give, and their weights get a gradient of zero.
 *
 * A node that only `none` leads to is zero. A convolution of it is not: the shift of its batch norm is
 * left, and trained.
 */
export function evaluationCell(
  k: Kernels,
  key: string,
  x: Tensor,
  genotype: Genotype,
  weights: Weights,
  statistics: Statistics,
): EvaluationCellPass {
  // By node; null: nothing so far, or zero.
  const nodes: (Tensor | null)[] = [x, null, null, null];
  const sources = [0, 1, 2].map((source) => {
    const edges = edgesFrom(source, genotype);
    const reads = edges.some(({ index }) => KIND[genotype[index]!] === 'conv');
    const value = reads ? (nodes[source] ??= k.fused.zeros(x.shape)) : nodes[source];
    return value ? sourceForward(k, key, value, nodes, edges, genotype, weights, statistics) : null;
  });
  const y = (nodes[3] ??= k.fused.zeros(x.shape));
  return {
    y,
    backward: (dy, into, wantInput) => {
      const dNodes: (Tensor | null)[] = [null, null, null, dy];
      for (const source of [2, 1, 0]) {
        const pass = sources[source];
        if (!pass) continue;
        dNodes[source] = pass.backward(dNodes, into, source > 0 || wantInput);
        if (source > 0) k.free(nodes[source]!);
      }
      k.free(...dNodes.slice(1, 3).filter((gradient) => gradient !== null));
      return dNodes[0]!;
    },
  };
}

/** Adds what the edges that leave x give to the later nodes, in place of these. */
function sourceForward(
  k: Kernels,
  key: string,
  x: Tensor,
  nodes: (Tensor | null)[],
  edges: readonly Edge[],
  genotype: Genotype,
  weights: Weights,
  statistics: Statistics,
): SourcePass {
  const { fused } = k;
  const of = (kind: Kind) => edges.filter(({ index }) => KIND[genotype[index]!] === kind);
  const convs = of('conv').map(({ index, target }) => ({ key: edgeKey(key, index), target }));
  const filters = convs.map((edge) => weights.get(`${edge.key}.conv`));
  const keys = convs.map((edge) => `${edge.key}.bn`);
  const ns = convs.length > 0 ? statistics.convolve(keys, x, filters, OPTIONS) : [];
  const scales = keys.map((bn) => weights.get(`${bn}.scale`));
  convs.forEach(({ target }, i) => {
    const shift = weights.get(`${keys[i]!}.shift`);
    nodes[target] = fused.norm(ns[i]!, scales[i]!, shift, nodes[target]!);
  });
  const directs = (['skip', 'pool'] as const).flatMap((kind) => {
    const targets = of(kind).map(({ target }) => target);
    return targets.length > 0 ? [{ targets, ...direct(k, kind, targets.length) }] : [];
  });
  for (const { targets, p, plan } of directs) {
    const before = targets.map((target) => nodes[target]!);
    const after = fused.mix(x, p, [], before, plan);
    targets.forEach((target, i) => (nodes[target] = after[i]!));
  }

  return {
    backward: (dNodes, into, wantInput) => {
      const dys = convs.map(({ target }) => dNodes[target]!);
      const dzs = ns.map((n, i) => {
        const bn = keys[i]!;
        const gradients = { scale: into.get(`${bn}.scale`), shift: into.get(`${bn}.shift`) };
        const sums = fused.normSums(n, dys[i]!, gradients);
        const dz = fused.normInput(n, scales[i]!, sums, dys[i]!);
        k.free(n.z);
        return dz;
      });
      if (convs.length > 0) {
        const gradients = convs.map((edge, i) => ({
          dz: dzs[i]!,
          into: into.get(`${edge.key}.conv`),
        }));
        fused.convFilters(x, gradients, OPTIONS);
      }
      if (!wantInput) return null;
      const { p, plan } = direct(k, null, 1);
      const through = dzs.map((dz, i) => ({ dz, filter: filters[i]! }));
      const start = convs.length > 0 ? fused.sourceInput(x, p, through, [dys[0]!], plan) : null;
      k.free(...dzs);
      const dx = directs.reduce<Tensor | null>((sum, part) => {
        const gradients = part.targets.map((target) => dNodes[target]!);
        return fused.mixInput(part.p, gradients, sum, part.plan);
      }, start);
      return dx ?? fused.zeros(x.shape);
    },
  };
}

/** The edges that leave a node and on which the output depends. */
function edgesFrom(source: number, genotype: Genotype): Edge[] {
  const isRead = [false, false, false, true];
  const works = ({ index }: Edge) => genotype[index] !== 'none';
  for (const node of [2, 1]) {
    isRead[node] = EDGES.some((edge) => edge.source === node && works(edge) && isRead[edge.target]);
  }
  return EDGES.filter((edge) => edge.source === source && works(edge) && isRead[edge.target]);
}

/** The plan of a mixture that gives x itself, its pool or nothing to so many nodes, with a weight of 1. */
function direct(k: Kernels, kind: 'skip' | 'pool' | null, nodes: number) {
  const plan: MixPlan = {
    ...directPlan(Array<number>(nodes).fill(0)),
    skip: kind === 'skip' ? 0 : -1,
    pool: kind === 'pool' ? 0 : -1,
  };
  return { p: k.constant('one weight', [1, 1], () => Float32Array.of(1)), plan };
}
