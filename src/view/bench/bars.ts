import { scaleLinear } from 'd3';
import type { BenchResult, Way } from '../../trainer/protocol';
import { milliseconds, WAY_NAME } from './words';

export interface Bar {
  readonly way: Way;
  readonly label: string;
  /** Baseline of the label, and the bar's upper edge. */
  readonly labelY: number;
  readonly y: number;
  /** Lengths from the left edge, in pixels. */
  readonly step: number;
  readonly host: number;
  readonly value: string;
}

export interface BarLayout {
  readonly bars: readonly Bar[];
  readonly ticks: readonly { readonly x: number; readonly label: string }[];
  /** Where the axis lies. */
  readonly bottom: number;
  readonly height: number;
}

export const BAR_HEIGHT = 18;
const ROW = 48;
const LABEL = 14;
/** Room for the value at the end of the longest bar. */
const VALUE_ROOM = 76;
const AXIS_ROOM = 36;

/** Bars from zero, one below the other, with the host's part of each. */
export function layoutBars(results: readonly BenchResult[], width: number): BarLayout {
  const longest = Math.max(...results.map(({ stepMs }) => stepMs));
  const x = scaleLinear([0, longest], [0, Math.max(1, width - VALUE_ROOM)]);
  const bars = results.map(({ way, stepMs, hostMs }, row): Bar => ({
    way,
    label: WAY_NAME[way],
    labelY: row * ROW + LABEL - 2,
    y: row * ROW + LABEL + 4,
    step: x(stepMs),
    // Medians of their own: the host's may lie above the step's by a hair.
    host: x(Math.min(hostMs, stepMs)),
    value: `${milliseconds(stepMs)} ms`,
  }));
  const bottom = results.length * ROW + 2;
  const count = Math.max(2, Math.round(width / 110));
  const format = x.tickFormat(count);
  const ticks = x
    .ticks(count)
    .map((value) => ({ x: x(value), label: value === 0 ? '0' : format(value) }));
  return { bars, ticks, bottom, height: bottom + AXIS_ROOM };
}
