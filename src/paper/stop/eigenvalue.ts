import { EDGES } from '../cell';
import { watchAll, type OnlineRule, type Stop } from './stop';

/** Every so many joint epochs the eigenvalue is measured, in the first of them for the first time. */
const EVERY = 2;
/** Values of a local average, and of the first ones. */
const WINDOW = 5;
const LEAST = 3;
/** Measurements between the two averages that are compared. */
const APART = 4;
const GROWTH = 1.3;
/** An average stands for the epoch so many before its last. */
const BACK = EVERY * Math.floor(WINDOW / 2);
/** Nothing is returned from before this epoch, counted from 0. */
const EARLIEST = 10;

/** Whether the eigenvalue is measured after a joint epoch. @param joint counted from 0 */
export function isMeasured(joint: number): boolean {
  return joint % EVERY === 0;
}

/**
 * Bilevel steps that take as long as all measurements of a search: an entry of alpha takes three passes
 * forward and two backward, about as much as a step.
 *
 * @param epochs joint ones
 */
export function hessianSteps(epochs: number, operations = 5): number {
  return Math.ceil(epochs / EVERY) * EDGES.length * operations;
}

/** The mean of the last measurements; null while there are too few. */
function localAverage(values: readonly number[]): number | null {
  if (values.length < LEAST) return null;
  const own = values.slice(-WINDOW);
  return own.reduce((sum, value) => sum + value, 0) / own.length;
}

/**
 * The local averages that {@link eigenvalueStop} compares, each at the epoch for which it stands.
 *
 * @param eigenvalues after each joint epoch; null where there was no measurement
 */
export function localAverages(eigenvalues: readonly (number | null)[]): (number | null)[] {
  const averages = eigenvalues.map((): number | null => null);
  const values: number[] = [];
  eigenvalues.forEach((value, joint) => {
    if (value === null) return;
    values.push(value);
    const average = localAverage(values);
    if (average !== null) averages[joint - BACK] = average;
  });
  return averages;
}

/**
 * DARTS-ES: stops when the local average of the Hessian's largest eigenvalue has grown by more than
 * 30 % over four measurements, and returns the architecture from before the growth, twelve epochs back.
 * The average of an epoch is that of the last five measurements, of fewer at the beginning, and stands
 * for the epoch in their middle. Not checked after the last epoch.
 */
export function eigenvalueStop(): OnlineRule {
  const start: OnlineRule['start'] = () => {
    const values: number[] = [];
    const averages: number[] = [];
    let joint = -1;
    let stop: Stop | null = null;
    return {
      observe: (_alpha, eigenvalue = null) => {
        joint++;
        if (stop !== null || eigenvalue === null) return stop;
        values.push(eigenvalue);
        const average = localAverage(values);
        if (average === null) return null;
        averages.push(average);
        const from = joint - BACK - EVERY * APART;
        const before = averages.at(-1 - APART);
        if (from < EARLIEST || before === undefined) return null;
        if (average / before > GROWTH) {
          stop = { epoch: from + 1, decidedAt: joint + 1, triggered: true };
        }
        return stop;
      },
    };
  };
  return {
    key: 'es',
    label: 'DARTS-ES: the Hessian’s largest eigenvalue grows by more than 30 %',
    start,
    find: (trajectory) => {
      const { alphas, eigenvalues = [] } = trajectory;
      // The last epoch is not checked.
      const last = alphas.length - 1;
      return watchAll(start, { ...trajectory, eigenvalues: eigenvalues.slice(0, last) });
    },
  };
}
