import type { Alpha } from './cell';
import { mean } from './statistics';

/**
 * What an epoch's steps did to alpha, per operation: the mean step that an alpha took beside the
 * others of its row, in units of its rate, and the mean of that over the rows.
 *
 * Adam divides the gradient by its own size, so that a step is the rate times a number of about one;
 * this is the mean of that number, the gradient as alpha felt it, L2 included. A trace keeps alpha and
 * not its gradients, so that this is as near to them as one can come. What moves a whole row moves no
 * share and is taken out: the values of all operations sum to zero.
 *
 * @param before,after operation rows at the ends of two consecutive epochs
 * @param rate alpha's rate in the second of them, above zero
 * @param steps in an epoch
 * @returns one value per operation; above zero where alpha was raised.
 */
export function alphaSteps(before: Alpha, after: Alpha, rate: number, steps: number): number[] {
  const rows = after.map((row, at) => {
    const moved = row.map((value, column) => (value - before[at]![column]!) / (rate * steps));
    const common = mean(moved);
    return moved.map((value) => value - common);
  });
  return rows[0]!.map((_, column) => mean(rows.map((row) => row[column]!)));
}
