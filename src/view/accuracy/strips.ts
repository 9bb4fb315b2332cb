import { quantileSorted, scaleLinear } from 'd3';
import type { Dominated } from '../../paper/table/dominated';
import type { Tick } from '../chart/plot';

/** A row of figure 6(a) in pixels. */
export interface Strip {
  readonly operation: Dominated['operation'];
  readonly n: number;
  readonly y: number;
  /** A short line for every cell. */
  readonly cells: string;
  /** From the first to the third quartile. */
  readonly box: { readonly x: number; readonly width: number } | null;
  readonly mean: { readonly x: number; readonly value: number } | null;
}

export interface StripLayout {
  readonly strips: readonly Strip[];
  readonly ticks: readonly Tick[];
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
}

const ROW = 34;
/** Height of a cell's line and of the box. */
export const MARK = 16;
const LEFT = 46;
const TOP = 26;
/** Room for a number to the right of the largest value. */
const RIGHT = 14;

/** Lays the distributions out on one axis of accuracies. */
export function layoutStrips(dominated: readonly Dominated[], width: number): StripLayout {
  const all = dominated.flatMap(({ accuracies }) => accuracies);
  const right = Math.max(LEFT + 60, width - RIGHT);
  const scale = scaleLinear(all.length === 0 ? [0, 100] : [Math.min(...all), Math.max(...all)], [
    LEFT,
    right,
  ]).nice(6);
  const strips = dominated.map(({ operation, accuracies, summary }, at): Strip => {
    const y = TOP + ROW * at + ROW / 2;
    const half = MARK / 2;
    const [low, high] = [0.25, 0.75].map((part) =>
      scale(quantileSorted([...accuracies], part) ?? NaN),
    );
    return {
      operation,
      n: summary.n,
      y,
      cells: accuracies.map((value) => `M${scale(value).toFixed(1)} ${y - half}v${MARK}`).join(''),
      box: summary.n === 0 ? null : { x: low!, width: high! - low! },
      mean: summary.n === 0 ? null : { x: scale(summary.mean), value: summary.mean },
    };
  });
  const ticks = scale
    .ticks(Math.max(2, Math.floor((right - LEFT) / 70)))
    .map((value) => ({ at: scale(value), label: String(value) }));
  return { strips, ticks, left: LEFT, right, bottom: TOP + ROW * dominated.length };
}
