import type { Kernels } from '../../kernels';
import type { MixPlan } from '../fused';

/** Outputs of a cell's convolution that are computed; see `assembly/live.ts`. */
export interface Live {
  /** A bit for each edge. */
  readonly edges: number;
  /** Channels of an edge. */
  readonly each: number;
}

/** All outputs. */
export const ALL: Live = { edges: -1, each: 1 };

/**
 * What of a convolution a plan does not leave out.
 *
 * @param conv its place in the plan
 * @param outputs of all edges
 */
export function liveOf(k: Kernels, plan: MixPlan | null, conv: number, outputs: number): Live {
  if (!plan?.drawn) return ALL;
  const { edges, columns, convs } = plan;
  const p = k.host(plan.drawn);
  const bits = edges.map((edge, e) => Number(p[edge * columns + convs[conv]!] !== 0) << e);
  return { edges: bits.reduce((all, bit) => all | bit), each: outputs / edges.length };
}
