import { CELL_COUNT } from '../../paper/benchmark-index';
import type { Lookup } from '../../paper/table/lookup';
import type { PlotCurve } from '../chart/plot';
import {
  recordBundle,
  type CurveBundle,
  type RecordValue,
  type RegimeSeries,
} from '../chart/series';

/** One function a column, by which bundles are kept. */
const accessors = new WeakMap<Lookup, RecordValue>();

/** q(t) of every seed and their mean, percent; null where the table has a gap. */
export function accuracyBundle({ trajectories }: RegimeSeries, lookup: Lookup): CurveBundle {
  let accessor = accessors.get(lookup);
  if (accessor === undefined) {
    accessor = ({ arch }) => lookup.accuracy(arch);
    accessors.set(lookup, accessor);
  }
  return recordBundle(trajectories, accessor);
}

/** Whether a regime's cells are of the table's space. */
export function isTabulated({ space }: RegimeSeries, lookup: Lookup): boolean {
  return (space?.key ?? 'nas-bench-201') === lookup.space;
}

/** The best cell of the table and the ResNet-like one as level lines over `total` epochs. */
export function referenceCurves(lookup: Lookup, total: number): PlotCurve[] {
  const best = lookup.count === CELL_COUNT ? 'optimum' : 'best in table';
  return [
    level('optimum', best, lookup.best, '1 3', total),
    level('resnet', 'ResNet-like', lookup.resnet, '6 3', total),
  ].filter(({ bundle }) => !Number.isNaN(bundle.bands[0]!.mean));
}

function level(key: string, name: string, value: number, dash: string, total: number): PlotCurve {
  const band = { n: 1, mean: value, std: NaN, min: value, max: value };
  return {
    key,
    name,
    label: name,
    bundle: { seeds: [], bands: Array.from({ length: total + 1 }, () => band) },
    fill: 'var(--ink-soft)',
    ink: 'var(--ink-soft)',
    dash,
    second: true,
  };
}
