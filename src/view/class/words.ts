import { SENTENCE_NAME } from '../../paper/operation';
import type { Band } from '../../paper/statistics';
import { magnitudeBundles, type RegimeSeries } from '../chart/series';

/** Control names as the page shows them. */
export const CONTROL_LABELS = {
  regime: 'Regime',
  method: 'Method',
  swap: 'Swap learning rates',
  l2: 'Alpha L2',
  warmup: 'Warm-up epochs, freeze',
  epochs: 'Epochs',
  stop: 'Stop early',
  seeds: 'Seeds',
  scale: 'Scale',
  ops: 'Operations',
  backend: 'Backend',
} as const;

const three = (value: number): string => value.toFixed(3).replace(/^0/, '');

/**
 * How well the pool knows the largest magnitude at an epoch: the spread between seeds, which more
 * seeds do not change, and the standard error of their mean, which falls with the root of n.
 *
 * @param before the pool before the last files, to say whether they made the mean sharper
 */
export function precisionSentence(
  series: RegimeSeries,
  epoch: number,
  before: RegimeSeries | null = null,
): string {
  const bands = magnitudeBundles(series).map((bundle) => bundle.bands[epoch]);
  const [leader] = bands
    .map((band, column) => ({ band, column, operation: series.ops[column]! }))
    .filter(({ band }) => band !== undefined && band.n > 0)
    .sort((a, b) => b.band!.mean - a.band!.mean);
  if (leader === undefined) return 'No epoch is in the pool yet.';
  const { n, mean, std } = leader.band!;
  const what = `At epoch ${epoch} the magnitude of ${SENTENCE_NAME[leader.operation]} is ${three(mean)}`;
  if (n < 2) return `${what} in the one seed there is. A second one tells how far seeds differ.`;
  return (
    `${what} on average over ${n} seeds. One seed differs from another by ± ${three(std)} (standard ` +
    `deviation, the band of the chart, which more seeds do not narrow); the mean itself is known to ` +
    `± ${three(errorOf(leader.band!))} (standard error), and four times as many seeds would halve that.` +
    changeSentence(
      before === null ? undefined : magnitudeBundles(before)[leader.column]?.bands[epoch],
      leader.band!,
    )
  );
}

/** Whether the mean is known better than before; nothing where there was no error to compare. */
function changeSentence(before: Band | undefined, now: Band): string {
  if (before === undefined || before.n < 2 || before.n >= now.n) return '';
  const was = ` With ${before.n} seeds it was ± ${three(errorOf(before))}`;
  return errorOf(now) < errorOf(before)
    ? `${was}: the last files made it sharper.`
    : `${was}: the new seeds lie so far from the others that it is known less well than it seemed.`;
}

/** Standard error of the mean. */
function errorOf({ std, n }: Band): number {
  return std / Math.sqrt(n);
}
