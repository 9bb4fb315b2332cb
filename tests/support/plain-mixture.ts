import type { MixPlan } from '../../src/engine/fused/fused';
import {
  plus,
  at,
  channelsOf,
  columnSums,
  map,
  product,
  sum,
  zeros,
  type NdArray,
  type Shape4,
} from './plain-array';
import { normalised, normInput, type PlainNormalised } from './plain-kernels';

/* A cell's mixture over float64 arrays; see plain-kernels. */

/** Every pixel with its neighbours in the 3x3 average pool, and the share that each has in it. */
function eachNeighbour(
  shape: readonly number[],
  visit: (from: number, to: number, share: number) => void,
): void {
  const [batch, height, width, channels] = shape as Shape4;
  for (let b = 0; b < batch; b++) {
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const neighbours: (readonly [number, number])[] = [];
        for (const y of [row - 1, row, row + 1]) {
          for (const x of [column - 1, column, column + 1]) {
            if (y >= 0 && y < height && x >= 0 && x < width) neighbours.push([y, x]);
          }
        }
        for (const [y, x] of neighbours) {
          for (let c = 0; c < channels; c++) {
            const [from, to] = [
              at(shape as Shape4, b, y, x, c),
              at(shape as Shape4, b, row, column, c),
            ];
            visit(from, to, 1 / neighbours.length);
          }
        }
      }
    }
  }
}

export function averagePool3(x: NdArray): NdArray {
  const y = zeros(x.shape);
  eachNeighbour(x.shape, (from, to, share) => {
    y.values[to]! += share * x.values[from]!;
  });
  return y;
}

function averagePool3Input(dy: NdArray): NdArray {
  const dx = zeros(dy.shape);
  eachNeighbour(dy.shape, (from, to, share) => {
    dx.values[from]! += share * dy.values[to]!;
  });
  return dx;
}

/** The part of edges laid side by side along the channels that belongs to one of them. */
function partOf(x: NdArray, edge: number, edges: number): NdArray {
  const [batch, height, width, all] = x.shape as Shape4;
  const channels = all / edges;
  const values = x.values.filter((_, i) => Math.floor((i % all) / channels) === edge);
  return { shape: [batch, height, width, channels], values };
}

/** Edges laid side by side along the channels. */
function besides(parts: readonly NdArray[]): NdArray {
  const [batch, height, width, channels] = parts[0]!.shape as Shape4;
  const all = channels * parts.length;
  const result = zeros([batch, height, width, all]);
  return map(result, (_, i) => {
    const [row, column] = [Math.floor(i / all), i % all];
    return parts[Math.floor(column / channels)]!.values[row * channels + (column % channels)]!;
  });
}

const weightOf = (p: NdArray, { edges, columns }: MixPlan, edge: number, column: number) =>
  column < 0 ? 0 : p.values[edges[edge]! * columns + column]!;

export function mix(
  x: NdArray,
  p: NdArray,
  convs: readonly PlainNormalised[],
  nodes: readonly (NdArray | null)[],
  plan: MixPlan,
): NdArray[] {
  const pooled = averagePool3(x);
  const branches = convs.map(normalised);
  return plan.edges.map((_, e) => {
    let node = nodes[e] ?? zeros(x.shape);
    const give = (what: NdArray, column: number) => {
      const weight = weightOf(p, plan, e, column);
      node = plus(
        node,
        map(what, (value) => weight * value),
      );
    };
    give(x, plan.skip);
    give(pooled, plan.pool);
    branches.forEach((zhat, i) => give(partOf(zhat, e, plan.edges.length), plan.convs[i]!));
    return node;
  });
}

/** The sums, and what the mixture adds to the gradient of p. */
export function mixSums(
  x: NdArray,
  convs: readonly PlainNormalised[],
  dys: readonly NdArray[],
  plan: MixPlan,
): { readonly sums: NdArray; readonly dp: NdArray } {
  const dy = besides(dys);
  const products = convs.map((n) => columnSums(product(dy, normalised(n))));
  const rows = [columnSums(dy), ...products];
  const sums = {
    shape: [rows.length, channelsOf(dy)],
    values: Float64Array.from(rows.flatMap((row) => [...row])),
  };
  const dp = zeros([6, plan.columns]);
  const pooled = averagePool3(x);
  const channels = channelsOf(x);
  plan.edges.forEach((row, e) => {
    const put = (column: number, values: Iterable<number>) => {
      if (column >= 0) dp.values[row * plan.columns + column]! += sum(values);
    };
    put(plan.skip, product(dys[e]!, x).values);
    put(plan.pool, product(dys[e]!, pooled).values);
    products.forEach((row, i) =>
      put(plan.convs[i]!, row.subarray(e * channels, (e + 1) * channels)),
    );
  });
  return { sums, dp };
}

export function mixConvs(
  p: NdArray,
  convs: readonly PlainNormalised[],
  sums: NdArray,
  dys: readonly NdArray[],
  plan: MixPlan,
): NdArray[] {
  const dy = besides(dys);
  const all = channelsOf(dy);
  const channels = all / plan.edges.length;
  const row = (i: number) => sums.values.subarray(i * all, (i + 1) * all);
  return convs.map((n, i) => {
    const scale = map(zeros([all]), (_, c) =>
      weightOf(p, plan, Math.floor(c / channels), plan.convs[i]!),
    );
    const own = { shape: [2, all], values: Float64Array.of(...row(0), ...row(1 + i)) };
    return normInput(n, scale, own, dy);
  });
}

export function mixInput(
  p: NdArray,
  dys: readonly NdArray[],
  addend: NdArray | null,
  plan: MixPlan,
): NdArray {
  let dx = addend ?? zeros(dys[0]!.shape);
  dys.forEach((dy, e) => {
    const [skip, pool] = [weightOf(p, plan, e, plan.skip), weightOf(p, plan, e, plan.pool)];
    dx = plus(
      dx,
      map(dy, (value) => skip * value),
    );
    dx = plus(
      dx,
      map(averagePool3Input(dy), (value) => pool * value),
    );
  });
  return dx;
}
