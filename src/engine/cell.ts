import type { Operation } from '../paper/operation';
import { batchNorm, type NormalisedTable } from './batch-norm';
import { sizeOf, type Kernels, type TensorInfo } from './kernels';
import { edgesFrom, type Mixture, type MixtureGradient } from './mixture';
import { averagePool3, averagePool3Gradient } from './pool';

/** What a backward pass is for. */
export interface Wanted {
  /** Gradients of the weights. */
  readonly weights: boolean;
  /** Gradient of the mixture weights p, hence of alpha. */
  readonly mixture: MixtureGradient | null;
}

export type Gradients = Map<string, TensorInfo>;

export interface CellPass {
  /** Node 3, `[batch, height, width, channels]`. */
  readonly y: TensorInfo;
  /** @returns gradient with respect to the cell's input; null when `wantInput` is false */
  readonly backward: (
    dy: TensorInfo,
    wanted: Wanted,
    gradients: Gradients,
    wantInput: boolean,
  ) => TensorInfo | null;
}

interface Branch {
  readonly op: Operation;
  readonly key: string;
  readonly filter: TensorInfo;
  readonly pad: number;
  readonly norm: NormalisedTable;
}

interface GroupPass {
  /** What this source adds to each later node, in their order. */
  readonly outputs: readonly TensorInfo[];
  readonly backward: (
    dys: readonly TensorInfo[],
    wanted: Wanted,
    gradients: Gradients,
    wantInput: boolean,
  ) => TensorInfo | null;
}

const BRANCHES = [
  { op: 'nor_conv_1x1', name: 'conv1', pad: 0 },
  { op: 'nor_conv_3x3', name: 'conv3', pad: 1 },
] as const;

/**
 * A search cell: node i is the sum over all j < i of the mixture of operations of node j
 * (nas-bench-201, section 1). All edges that leave one node are computed together: one ReLU, one
 * pool, one convolution per kernel size with the filters of the edges side by side, one batch norm.
 *
 * @param weights reads a segment of the parameter vector by its key
 */
export function cellForward(
  k: Kernels,
  key: string,
  x: TensorInfo,
  mixture: Mixture,
  weights: (key: string) => TensorInfo,
): CellPass {
  const nodes: (TensorInfo | undefined)[] = [x, undefined, undefined, undefined];
  const groups: GroupPass[] = [];
  for (const source of [0, 1, 2]) {
    const group = groupForward(k, key, source, nodes[source]!, mixture, weights);
    groups.push(group);
    group.outputs.forEach((output, position) => {
      const target = source + 1 + position;
      const before = nodes[target];
      nodes[target] = before ? k.add(before, output) : output;
      if (before) k.free(before, output);
    });
  }
  return {
    y: nodes[3]!,
    backward: (dy, wanted, gradients, wantInput) => {
      const dNodes: (TensorInfo | null)[] = [null, null, null, dy];
      for (const source of [2, 1, 0]) {
        const later = dNodes.slice(source + 1) as TensorInfo[];
        const want = source > 0 || wantInput;
        dNodes[source] = groups[source]!.backward(later, wanted, gradients, want);
      }
      return dNodes[0]!;
    },
  };
}

function groupForward(
  k: Kernels,
  key: string,
  source: number,
  x: TensorInfo,
  mixture: Mixture,
  weights: (key: string) => TensorInfo,
): GroupPass {
  const channels = x.shape[3]!;
  const edges = edgesFrom(source);
  const branches: Branch[] = [];
  const present = BRANCHES.filter(({ op }) => mixture.has(op));
  const rectified = present.length > 0 ? k.relu(x) : null;
  let mixed: TensorInfo | null = null;
  for (const { op, name, pad } of present) {
    const segment = `${key}.source${source}.${name}`;
    const filter = weights(segment);
    const z = k.table(k.conv(rectified!, filter, { pad }));
    const norm = batchNorm(k, z, mixture.channelScale(source, op, channels), null);
    branches.push({ op, key: segment, filter, pad, norm });
    mixed = mixed ? sumAndFree(k, mixed, norm.y) : norm.y;
  }
  const pooled = mixture.has('avg_pool_3x3') ? averagePool3(k, x) : null;
  const skips = mixture.has('skip_connect');
  const convolved = mixed ? k.splitChannels(mixed, edges.length) : null;

  const outputs = edges.map((edge, position) => {
    const terms: TensorInfo[] = [];
    if (convolved) terms.push(k.view(convolved[position]!, x.shape));
    if (skips) terms.push(k.mul(x, mixture.weight(edge.index, 'skip_connect')));
    if (pooled) terms.push(k.mul(pooled, mixture.weight(edge.index, 'avg_pool_3x3')));
    return terms.reduce((a, b) => sumAndFree(k, a, b));
  });

  const backward: GroupPass['backward'] = (dys, wanted, gradients, wantInput) => {
    const tables = dys.map((dy) => k.table(dy));
    if (wanted.mixture) {
      const dot = (a: TensorInfo) => dotEach(k, a, dys);
      if (skips) wanted.mixture.add(source, 'skip_connect', dot(x));
      if (pooled) wanted.mixture.add(source, 'avg_pool_3x3', dot(pooled));
    }
    let dRectified: TensorInfo | null = null;
    if (branches.length > 0) {
      const g = k.joinChannels(tables);
      const gMeans = k.meanRows(g);
      for (const { op, key: segment, filter, pad, norm } of branches) {
        const { dz, dScale } = norm.backward(g, gMeans, wantInput || wanted.weights);
        wanted.mixture?.add(
          source,
          op,
          k.view(k.sumLast(k.view(dScale, [edges.length, channels])), [edges.length]),
        );
        if (!dz) continue;
        const image = k.view(dz, [...x.shape.slice(0, 3), edges.length * channels]);
        if (wanted.weights) {
          gradients.set(segment, k.convFilterGradient(rectified!, image, filter.shape, { pad }));
        }
        if (wantInput) {
          const dx = k.convInputGradient(image, filter, x.shape, { pad });
          dRectified = dRectified ? sumAndFree(k, dRectified, dx) : dx;
        }
        k.free(dz);
      }
      if (edges.length > 1) k.free(g);
    }
    if (!wantInput) return null;
    const terms: TensorInfo[] = [];
    if (dRectified) {
      const open = k.step(x);
      terms.push(k.mul(dRectified, open));
      k.free(open, dRectified);
    }
    if (skips)
      terms.push(weightedSum(k, dys, (i) => mixture.weight(edges[i]!.index, 'skip_connect')));
    if (pooled) {
      const sum = weightedSum(k, dys, (i) => mixture.weight(edges[i]!.index, 'avg_pool_3x3'));
      terms.push(averagePool3Gradient(k, sum));
      k.free(sum);
    }
    return terms.reduce((a, b) => sumAndFree(k, a, b));
  };
  return { outputs, backward };
}

function sumAndFree(k: Kernels, a: TensorInfo, b: TensorInfo): TensorInfo {
  const sum = k.add(a, b);
  k.free(a, b);
  return sum;
}

function weightedSum(
  k: Kernels,
  values: readonly TensorInfo[],
  weight: (i: number) => TensorInfo,
): TensorInfo {
  return values.map((value, i) => k.mul(value, weight(i))).reduce((a, b) => sumAndFree(k, a, b));
}

/** The inner product of `a` with each of `others`, `[others.length]`. */
function dotEach(k: Kernels, a: TensorInfo, others: readonly TensorInfo[]): TensorInfo {
  const sums = others.map((other) => {
    const product = k.mul(a, other);
    const means = k.meanRows(k.table(product));
    k.free(product);
    return k.mul(k.sumAll(means), k.scalar(sizeOf(a.shape) / means.shape[0]!));
  });
  return k.concat(sums, 0);
}
