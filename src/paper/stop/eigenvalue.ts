import { EDGES } from '../cell';
import { neverTriggered, type OnlineRule, type Stop } from './stop';

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
 * The first epoch, from 1, after whose measurement the local average has grown by more than 30 % over
 * four measurements, without the limits by which the rule may not act yet; null if it never has.
 */
export function explosionEpoch(eigenvalues: readonly (number | null)[]): number | null {
  const growth = growthWatch();
  for (const [at, value] of eigenvalues.entries()) {
    if (value !== null && growth(value) > GROWTH) return at + 1;
  }
  return null;
}

/** Takes one measurement after the other; how much larger its average is than the one before, 0 without. */
function growthWatch(): (eigenvalue: number) => number {
  const values: number[] = [];
  const averages: number[] = [];
  return (eigenvalue) => {
    values.push(eigenvalue);
    const average = localAverage(values);
    if (average === null) return 0;
    averages.push(average);
    const before = averages.at(-1 - APART);
    return before === undefined ? 0 : average / before;
  };
}

/**
 * Where DARTS-ES ends a search.
 *
 * @param search its eigenvalues after each joint epoch, null where there was no measurement, and how
 *   many epochs it had: after the last one there is no check
 */
export function stopByEigenvalue(search: {
  readonly eigenvalues?: readonly (number | null)[];
  readonly epochs: number;
}): Stop {
  const { eigenvalues = [], epochs } = search;
  const observe = eigenvalueWatch();
  for (const value of eigenvalues.slice(0, epochs - 1)) {
    const stop = observe(value);
    if (stop !== null) return stop;
  }
  return neverTriggered(epochs);
}

/** Takes the eigenvalue of each joint epoch, or null; a stop as soon as there is a reason, then for good. */
function eigenvalueWatch(): (eigenvalue: number | null) => Stop | null {
  const growth = growthWatch();
  let joint = -1;
  let stop: Stop | null = null;
  return (eigenvalue) => {
    joint++;
    if (stop !== null || eigenvalue === null) return stop;
    const from = joint - BACK - EVERY * APART;
    if (growth(eigenvalue) > GROWTH && from >= EARLIEST) {
      stop = { epoch: from + 1, decidedAt: joint + 1, triggered: true };
    }
    return stop;
  };
}

/**
 * DARTS-ES: stops when the local average of the Hessian's largest eigenvalue has grown by more than
 * 30 % over four measurements, and returns the architecture from before the growth, twelve epochs back.
 * The average of an epoch is that of the last five measurements, of fewer at the beginning, and stands
 * for the epoch in their middle. Not checked after the last epoch.
 */
export function eigenvalueStop(): OnlineRule {
  return {
    key: 'es',
    label: 'DARTS-ES: the Hessian’s largest eigenvalue grows by more than 30 %',
    start: () => {
      const observe = eigenvalueWatch();
      return { observe: (_alpha, eigenvalue = null) => observe(eigenvalue) };
    },
    find: (trajectory) => stopByEigenvalue({ ...trajectory, epochs: trajectory.alphas.length }),
    findInMean: stopByEigenvalue,
  };
}
