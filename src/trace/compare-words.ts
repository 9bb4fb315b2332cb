import type { Difference, EpochComparison, Verdict } from './compare';

/** What came of training epochs of a trace again. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  equal: 'equal to the bit',
  close: 'within the tolerance',
  different: 'different',
};

/** Stands beside a difference where the arithmetic is not fixed to the bit. */
export const ROUNDING =
  'Other kernels or another GPU round differently, and training lets such differences grow from step ' +
  'to step. A small error that sets in after some steps tells no more than that.';

/** `equal to the bit`, or what differs most: the quantity, where in it, and both values. */
export function comparisonWords({ verdict, difference }: EpochComparison): string {
  if (verdict === 'equal' || difference === null) return VERDICT_WORDS.equal;
  const word = verdict === 'close' ? 'within the tolerance, at most' : 'different,';
  return `${word} ${differenceWords(difference)}`;
}

function differenceWords({ field, place, step, expected, got, error }: Difference): string {
  const where = [
    field,
    step === null ? '' : `after step ${step}`,
    place === null ? '' : `of edge ${place.edge}, ${place.operation}`,
  ];
  const size = Number.isFinite(error) && error > 0 ? ` (error ${error.toPrecision(2)})` : '';
  return `${where.filter((part) => part !== '').join(' ')}: ${String(expected)} in the trace, ${String(got)} here${size}`;
}
