import { mean } from './statistics';

/** Ranks from 1; equal values share the mean of their ranks. */
export function ranks(values: readonly number[]): number[] {
  const sorted = values.toSorted((a, b) => a - b);
  return values.map((value) => (sorted.indexOf(value) + sorted.lastIndexOf(value)) / 2 + 1);
}

/**
 * Spearman's rank correlation, -1 to 1: Pearson's of the {@link ranks}. NaN where one side is
 * constant or there are fewer than two pairs.
 */
export function spearman(x: readonly number[], y: readonly number[]): number {
  if (x.length !== y.length) throw new RangeError(`${x.length} values against ${y.length}.`);
  const centred = (values: readonly number[]) => {
    const ranked = ranks(values);
    const centre = mean(ranked);
    return ranked.map((rank) => rank - centre);
  };
  const a = centred(x);
  const b = centred(y);
  const sum = (left: readonly number[], right: readonly number[]) =>
    left.reduce((total, value, i) => total + value * right[i]!, 0);
  return sum(a, b) / Math.sqrt(sum(a, a) * sum(b, b));
}
