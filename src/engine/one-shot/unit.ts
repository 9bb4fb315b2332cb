import type { Rectified, Weight } from '../fused/branch';
import type { Kernels, Tensor } from '../kernels';
import { batchStatistics, type Statistics } from '../statistics';
import type { Weights } from '../weights';

/** A convolution, its batch norm and ReLU: the building block of NAS-Bench-101's operations. */
export interface Unit extends Rectified {
  readonly key: string;
  readonly filter: Tensor;
}

const OPTIONS = { stride: 1, relu: false } as const;

/** Several units of as many outputs on one x. @param keys of the units' segments */
export function unitsForward(
  k: Kernels,
  x: Tensor,
  keys: readonly string[],
  weights: Weights,
  statistics: Statistics = batchStatistics(k),
): Unit[] {
  const filters = keys.map((key) => weights.get(`${key}.conv`));
  const norms = keys.map((key) => `${key}.bn`);
  return statistics.convolve(norms, x, filters, OPTIONS).map((normalised, i) => ({
    ...normalised,
    key: keys[i]!,
    filter: filters[i]!,
    scale: weights.get(`${keys[i]!}.bn.scale`),
    shift: weights.get(`${keys[i]!}.bn.shift`),
  }));
}

/**
 * Gradient of a unit's convolution from that of its weighted, rectified result. Frees z.
 *
 * @param dp gradient of p; null: not wanted
 * @param into gradients of scale and shift; null: not wanted
 */
export function unitGradient(
  k: Kernels,
  unit: Unit,
  weight: Weight,
  g: Tensor,
  dp: Tensor | null,
  into: Weights | null,
): Tensor {
  const { key } = unit;
  const norm = into && { scale: into.get(`${key}.bn.scale`), shift: into.get(`${key}.bn.shift`) };
  const dz = k.fused.branches.rectifiedInput(unit, weight, g, dp, norm);
  k.free(unit.z);
  return dz;
}

/** The filters' gradients of units on one x. */
export function unitFilters(
  k: Kernels,
  x: Tensor,
  units: readonly { readonly unit: Unit; readonly dz: Tensor }[],
  into: Weights,
): void {
  const filters = units.map(({ unit, dz }) => ({ dz, into: into.get(`${unit.key}.conv`) }));
  k.fused.convFilters(x, filters, OPTIONS);
}

/** Gradient of x by way of a unit's convolution, plus `add` (consumed). */
export function unitInput(
  k: Kernels,
  x: Tensor,
  unit: Unit,
  dz: Tensor,
  add: Tensor | null,
): Tensor {
  return k.fused.convInput(dz, unit.filter, x, add, OPTIONS);
}
