import type { Alpha } from '../paper/cell';
import { NAS_BENCH_201 } from '../paper/space/nas-bench-201';
import type { AlphaRow, SearchSpace } from '../paper/space/space';
import { canonicalJson } from './canonical';
import type { EpochRecord } from './types';
import { without } from './without';

/** How far two trainings of one run may differ and still count as one. */
export interface Tolerance {
  /**
   * Of a number, over the larger of the two; of an alpha, over the largest alpha of its epoch, since a
   * matrix is as exact as its largest entry.
   */
  readonly relative: number;
  /** Of an accuracy, absolute: accuracies come in steps of one image. */
  readonly accuracy: number;
}

/** To the bit. */
export const EXACT: Tolerance = { relative: 0, accuracy: 0 };

/** The first place at which two records are not the same number or text. */
export interface Difference {
  readonly epoch: number;
  /** Key of the record, `alpha` and `steps` included. */
  readonly field: keyof EpochRecord;
  /** Where in alpha; null for other fields. */
  readonly place: { readonly edge: string; readonly operation: string } | null;
  /** Bilevel steps of the snapshot, for `steps`; else null. */
  readonly step: number | null;
  readonly expected: unknown;
  readonly got: unknown;
  /** Error over the tolerance's base; infinity where there is no measure. */
  readonly error: number;
}

export interface EpochComparison {
  readonly epoch: number;
  readonly verdict: Verdict;
  /** The first difference outside the tolerance, or else the largest one; null when equal. */
  readonly difference: Difference | null;
}

export type Verdict = 'equal' | 'close' | 'different';

export interface Comparison {
  /** The worst of the epochs'. */
  readonly verdict: Verdict;
  readonly epochs: readonly EpochComparison[];
}

/** Numbers that are compared by their relative error. */
const NUMBERS = ['lossTrain', 'lossAlpha', 'lossValid', 'gradNorm'] as const;
/** What the configuration sets, hence to the bit. */
const SETTLED = ['epoch', 'phase', 'rateWeights', 'rateAlpha', 'l2'] as const;
const ACCURACIES = ['accTrain', 'accAlpha', 'accValid'] as const;

/**
 * Compares the epochs of a run with those of another training of it, as far as both go. Wall clocks
 * are left out. The derived cell follows from alpha: it may only differ where alpha does.
 *
 * @param ops the run's operations
 */
export function compareEpochs(
  expected: readonly EpochRecord[],
  got: readonly EpochRecord[],
  ops: readonly string[],
  tolerance: Tolerance,
  space: SearchSpace = NAS_BENCH_201,
): Comparison {
  const rows = space.rows(ops);
  const count = Math.min(expected.length, got.length);
  const epochs = Array.from({ length: count }, (_, at) =>
    compareEpoch(expected[at]!, got[at]!, rows, tolerance),
  );
  const has = (verdict: Verdict) => epochs.some((epoch) => epoch.verdict === verdict);
  const verdict = has('different') ? 'different' : has('close') ? 'close' : 'equal';
  return { verdict, epochs };
}

function compareEpoch(
  expected: EpochRecord,
  got: EpochRecord,
  rows: readonly AlphaRow[],
  tolerance: Tolerance,
): EpochComparison {
  const { epoch } = expected;
  const text = (record: EpochRecord) => canonicalJson(without(record, 'seconds'));
  if (text(expected) === text(got)) return { epoch, verdict: 'equal', difference: null };
  const found = differences(expected, got, rows, tolerance);
  const first = found.find(({ outside }) => outside);
  if (first) return { epoch, verdict: 'different', difference: first.difference };
  const worst = found.reduce((a, b) => (b.difference.error > a.difference.error ? b : a));
  return { epoch, verdict: 'close', difference: worst.difference };
}

interface Found {
  readonly difference: Difference;
  readonly outside: boolean;
}

/** All differences of one epoch, in the order in which training makes the numbers. */
function differences(
  expected: EpochRecord,
  got: EpochRecord,
  rows: readonly AlphaRow[],
  { relative, accuracy }: Tolerance,
): Found[] {
  const found: Found[] = [];
  const add = (
    field: keyof EpochRecord,
    pair: { expected: unknown; got: unknown },
    error: number,
    limit: number,
    where: Pick<Difference, 'place' | 'step'> = { place: null, step: null },
  ) => {
    const difference = { epoch: expected.epoch, field, ...where, ...pair, error };
    found.push({ difference, outside: !(error <= limit) });
  };
  const addAlpha = (field: 'alpha' | 'steps', step: number | null, a: Alpha, b: Alpha) => {
    const base = Math.max(...a.flat().map(Math.abs), ...b.flat().map(Math.abs));
    rows.forEach(({ name, columns }, index) => {
      columns.forEach((operation, column) => {
        const pair = { expected: a[index]?.[column], got: b[index]?.[column] };
        if (pair.expected === pair.got) return;
        const error = Math.abs((pair.expected ?? NaN) - (pair.got ?? NaN)) / base;
        add(field, pair, error, relative, { place: { edge: name, operation }, step });
      });
    });
  };

  for (const key of SETTLED) {
    const pair = { expected: expected[key], got: got[key] };
    if (pair.expected !== pair.got) add(key, pair, Infinity, 0);
  }
  const steps = { expected: expected.steps.length, got: got.steps.length };
  if (steps.expected !== steps.got) add('steps', steps, Infinity, 0);
  for (const [at, a] of expected.steps.entries()) {
    const b = got.steps[at];
    if (!b) break;
    if (a.step !== b.step) add('steps', { expected: a.step, got: b.step }, Infinity, 0);
    else addAlpha('steps', a.step, a.alpha, b.alpha);
  }
  addAlpha('alpha', null, expected.alpha, got.alpha);
  for (const key of NUMBERS) {
    const pair = { expected: expected[key], got: got[key] };
    if (pair.expected !== pair.got)
      add(key, pair, relativeError(pair.expected, pair.got), relative);
  }
  for (const key of ACCURACIES) {
    const pair = { expected: expected[key], got: got[key] };
    if (pair.expected === pair.got) continue;
    const error = Math.abs((pair.expected ?? NaN) - (pair.got ?? NaN));
    add(key, pair, error, accuracy);
  }
  if (expected.arch !== got.arch) {
    // An argmax between two nearly equal alphas may fall either way.
    const settled = !found.some(({ difference }) => difference.field === 'alpha');
    add('arch', { expected: expected.arch, got: got.arch }, settled ? Infinity : 0, 0);
  }
  return found;
}

function relativeError(a: number | null, b: number | null): number {
  if (a === null || b === null) return Infinity;
  return Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
}

/**
 * The first place at which two JSON values differ, keys in alphabetical order; null when equal.
 *
 * @returns path such as `effective.scale.images`, and both values, undefined where one is missing
 */
export function firstDifference(
  a: unknown,
  b: unknown,
  path = '',
): { readonly path: string; readonly a: unknown; readonly b: unknown } | null {
  if (!isObject(a) || !isObject(b)) return Object.is(a, b) ? null : { path, a, b };
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
  for (const key of keys) {
    const found = firstDifference(a[key], b[key], path === '' ? key : `${path}.${key}`);
    if (found) return found;
  }
  return null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
