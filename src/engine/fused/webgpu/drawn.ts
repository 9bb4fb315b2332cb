import type { MixPlan, Tensor } from '../fused';
import type { DrawnPlaces } from './wgsl/drawn';
import { lanesOf } from './wgsl/vector';

/**
 * Where p says what of a plan's convolutions is left out; null: nothing is, because all is asked for, or
 * because a vector of the outputs belongs to several edges.
 *
 * @param outputs of all edges
 */
export function drawnPlaces(plan: MixPlan | null, outputs: number): DrawnPlaces | null {
  if (!plan?.drawn) return null;
  const { convs, edges, columns } = plan;
  if ((outputs / edges.length) % lanesOf(outputs) !== 0) return null;
  return convs.map((column) => edges.map((edge) => edge * columns + column));
}

/** p, for programs that may leave something out. */
export function drawnTensors(plan: MixPlan | null, places: DrawnPlaces | null): Tensor[] {
  return plan?.drawn && places ? [plan.drawn] : [];
}
