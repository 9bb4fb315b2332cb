import { SENTENCE_NAME } from '../../paper/operation';
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
 */
export function precisionSentence(series: RegimeSeries, epoch: number): string {
  const bands = magnitudeBundles(series).map((bundle) => bundle.bands[epoch]);
  const [leader] = bands
    .map((band, column) => ({ band, operation: series.ops[column]! }))
    .filter(({ band }) => band !== undefined && band.n > 0)
    .sort((a, b) => b.band!.mean - a.band!.mean);
  if (leader === undefined) return 'No epoch is in the pool yet.';
  const { n, mean, std } = leader.band!;
  const what = `At epoch ${epoch} the magnitude of ${SENTENCE_NAME[leader.operation]} is ${three(mean)}`;
  if (n < 2) return `${what} in the one seed there is. A second one tells how far seeds differ.`;
  return (
    `${what} on average over ${n} seeds. One seed differs from another by ± ${three(std)} (standard ` +
    `deviation); the mean itself is known to ± ${three(std / Math.sqrt(n))} (standard error), and four ` +
    'times as many seeds would halve that.'
  );
}
