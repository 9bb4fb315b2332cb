import { operationMagnitude } from '../magnitude';
import { operationRows } from '../space/space';
import { curvesOf, type Curves } from '../curves';
import { watchAll, type OnlineRule, type Stop, type StopRule } from './stop';

/** The two criteria of SS-DARTS. */
export type Equation = 12 | 13;

/**
 * What the criterion looks at in an epoch. Eq. 12: m(t, o_i). Eq. 13: the sum over all j != i of
 * m(t, o_i) - m(t, o_j). Since magnitudes sum to one, the second is M times the first minus one, M
 * being the number of operations: both have their peak in the same epoch.
 *
 * @param magnitudes m(t, o) of all operations.
 */
export function criterion(
  equation: Equation,
  magnitudes: readonly number[],
  column: number,
): number {
  const own = magnitudes[column]!;
  if (equation === 12) return own;
  return magnitudes.reduce((sum, other, at) => (at === column ? sum : sum + (own - other)), 0);
}

/** The criterion over all epochs, of one search or of the mean over seeds. */
export function criterionCurve(equation: Equation, operation: string, curves: Curves): number[] {
  const column = columnOf(operation, curves.ops);
  return Array.from({ length: curves.epochs }, (_, at) =>
    criterion(
      equation,
      curves.magnitude.map((curve) => curve[at]!),
      column,
    ),
  );
}

/** SS, Algorithm 2: after all epochs, the one in which the criterion is largest; the first of equals. */
export function selectiveStop(equation: Equation, operation: string): StopRule {
  const findInMean = (curves: Curves): Stop => {
    const values = criterionCurve(equation, operation, curves);
    const epoch = 1 + values.indexOf(Math.max(...values));
    return { epoch, decidedAt: curves.epochs, triggered: true };
  };
  return {
    key: `ss-eq${equation}-${operation}`,
    label: `SS, Eq. ${equation}, ${operation}`,
    find: (trajectory) => findInMean(curvesOf(trajectory, null)),
    findInMean,
  };
}

/**
 * SS, Algorithm 1: the same while training. The paper gives no peak detector; ours stops after
 * `patience` epochs without a new maximum and returns the epoch of the maximum.
 */
export function onlineSelectiveStop(
  equation: Equation,
  operation: string,
  patience: number,
): OnlineRule {
  const start: OnlineRule['start'] = (space, ops) => {
    const column = columnOf(operation, ops);
    let epoch = 0;
    let best = { epoch: 0, value: -Infinity };
    let stop: Stop | null = null;
    return {
      observe: (alpha) => {
        if (stop !== null) return stop;
        epoch++;
        const value = criterion(equation, operationMagnitude(operationRows(space, alpha)), column);
        if (value > best.value) best = { epoch, value };
        else if (epoch - best.epoch >= patience) {
          stop = { epoch: best.epoch, decidedAt: epoch, triggered: true };
        }
        return stop;
      },
    };
  };
  return {
    key: `ss-online-eq${equation}-${operation}-${patience}`,
    label: `SS online, Eq. ${equation}, ${operation}, ${patience} epochs without a new maximum`,
    start,
    find: (trajectory) => watchAll(start, trajectory),
  };
}

/** @throws RangeError when the operation is not searched. */
function columnOf(operation: string, ops: readonly string[]): number {
  const column = ops.indexOf(operation);
  if (column < 0) throw new RangeError(`${operation} is not one of ${ops.join(', ')}.`);
  return column;
}
