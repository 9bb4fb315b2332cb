import { EDGES } from '../../paper/cell';
import { softmaxRows } from '../../paper/magnitude';
import { initialAlpha, recordedEpochs, strengthsOf, type Trajectory } from './series';

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
