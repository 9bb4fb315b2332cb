import { EDGES } from '../paper/cell';
import type { Operation } from '../paper/operation';
import type { MixPlan } from './fused/fused';

/** The convolutions of the search space, in the order in which a cell computes them. */
const CONVOLUTIONS = [
  { op: 'nor_conv_1x1', name: 'conv1' },
  { op: 'nor_conv_3x3', name: 'conv3' },
] as const;

/** The convolutions that these operations contain. */
export function convolutionsOf(ops: readonly Operation[]) {
  return CONVOLUTIONS.filter(({ op }) => ops.includes(op));
}

/**
 * Where in p `[rows, ops]` the edges that leave `source` find their weights.
 *
 * @param first row of the cell's first edge; its six follow each other
 */
export function mixPlan(source: number, ops: readonly Operation[], first = 0): MixPlan {
  return {
    edges: EDGES.filter((edge) => edge.source === source).map(({ index }) => first + index),
    columns: ops.length,
    skip: ops.indexOf('skip_connect'),
    pool: ops.indexOf('avg_pool_3x3'),
    convs: convolutionsOf(ops).map(({ op }) => ops.indexOf(op)),
  };
}
