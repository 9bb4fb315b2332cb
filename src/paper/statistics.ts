/** Summary over seeds. What is undefined for this `n` is NaN, never zero. */
export interface Summary {
  readonly n: number;
  readonly mean: number;
  /** Sample standard deviation (n - 1); NaN for one seed, which has no spread. */
  readonly std: number;
  readonly min: number;
  readonly max: number;
  readonly median: number;
}

/** One epoch of a curve with a band. */
export type Band = Omit<Summary, 'median'>;

/** Arithmetic mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Sample standard deviation, divisor n - 1; NaN for fewer than two values. */
export function sampleStd(values: readonly number[]): number {
  if (values.length < 2) return NaN;
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}

/** Middle value, or the mean of the middle two; NaN of nothing. */
export function median(values: readonly number[]): number {
  if (values.length === 0) return NaN;
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

export function summarise(values: readonly number[]): Summary {
  return { ...bandOf(values), median: median(values) };
}

/**
 * Mean and spread over seeds, epoch by epoch.
 *
 * @param series one curve per seed, possibly of different lengths; null where a seed has no value,
 *   as alpha's loss in the warm-up.
 * @returns as many entries as the longest curve; `n` counts the seeds that have a value there, and
 *   where it is 0 every statistic is NaN.
 */
export function bandOverSeeds(series: readonly (readonly (number | null)[])[]): Band[] {
  const length = series.reduce((longest, curve) => Math.max(longest, curve.length), 0);
  return Array.from({ length }, (_, epoch) =>
    bandOf(series.map((curve) => curve[epoch] ?? null).filter((value) => value !== null)),
  );
}

function bandOf(values: readonly number[]): Band {
  const empty = values.length === 0;
  return {
    n: values.length,
    mean: mean(values),
    std: sampleStd(values),
    min: empty ? NaN : Math.min(...values),
    max: empty ? NaN : Math.max(...values),
  };
}
