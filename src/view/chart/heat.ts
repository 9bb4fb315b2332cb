import { color, interpolateCividis } from 'd3';
import { EDGES } from '../../paper/cell';
import { softmaxRows } from '../../paper/magnitude';
import { contrast, luminance } from './palette';
import { initialAlpha, recordedEpochs, strengthsOf, type Trajectory } from './series';

/** A cell of a heat map: its colour and the text colour that reads best on it. */
export interface HeatColour {
  readonly background: string;
  readonly text: '#ffffff' | '#000000';
}

/** Steps of the colour scale: finer than an eye tells apart. */
const SHADES = 256;
/** Every shade, made when first asked for: the clock asks for thirty of them in each frame. */
const shades: HeatColour[] = [];

/** Cividis over 0..max; cividis keeps its order in grey and in the common colour deficiencies. */
export function heatColour(value: number, max: number): HeatColour {
  const at = Math.round(Math.min(Math.max(value / max, 0), 1) * (SHADES - 1));
  return (shades[at] ??= shade(at / (SHADES - 1)));
}

function shade(share: number): HeatColour {
  const background = interpolateCividis(share);
  const { r, g, b } = color(background)!.rgb();
  const light = luminance(r, g, b);
  const white = contrast(light, 1) >= contrast(light, 0);
  return { background, text: white ? '#ffffff' : '#000000' };
}

/**
 * softmax(alpha) of every edge and operation over the epochs, mean over the seeds that have come so
 * far.
 *
 * @returns one row per edge and operation, edges first; index 0 is before training.
 */
export function strengthsOverTime(trajectories: readonly Trajectory[]): number[][] {
  const ops = trajectories[0]?.ops.length ?? 0;
  const length = trajectories.length === 0 ? 0 : recordedEpochs(trajectories) + 1;
  const rows = Array.from({ length: EDGES.length * ops }, () => new Array<number>(length).fill(0));
  for (let epoch = 0; epoch < length; epoch++) {
    const reached = trajectories.filter(({ epochs }) => epochs.length >= epoch);
    for (const trajectory of reached) {
      const record = trajectory.epochs[epoch - 1];
      const strengths =
        record === undefined ? softmaxRows(initialAlpha(trajectory)) : strengthsOf(record);
      strengths.forEach((row, edge) => {
        row.forEach((value, column) => {
          rows[edge * ops + column]![epoch]! += value / reached.length;
        });
      });
    }
  }
  return rows;
}

/** The top of a heat map's scale: the largest share, rounded up to a tenth, at least .4. */
export function heatMaximum(rows: readonly (readonly number[])[]): number {
  let largest = 0;
  for (const row of rows) for (const value of row) largest = Math.max(largest, value);
  return Math.min(1, Math.max(0.4, Math.ceil(largest * 10 - 1e-9) / 10));
}
