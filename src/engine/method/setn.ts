import { softmaxRows } from '../../paper/magnitude';
import { alternating } from './alternating';
import type { SearchMethod } from './method';
import { CELL_NOISE, cellMixture } from './rsps';
import { adamUpdate, softmaxMixture } from './softmax';

/**
 * SETN (methods, section 12): a uniformly drawn cell in each weights step; alpha steps on the softmax
 * mixture; the cells of the largest probability are tried.
 */
export const setn: SearchMethod = {
  noise: CELL_NOISE,
  mixture: (_k, network, alpha) => network.mixture(alpha),
  candidates: (alpha, _ops, count) =>
    mostProbable(
      softmaxRows(alpha).map((row) => row.map((share) => Math.log(share))),
      count,
    ),
  step: alternating('setn', {
    mixture(k, network, alpha, noise, level) {
      const rule = level === 'weights' ? cellMixture : softmaxMixture;
      return rule(k, network, alpha, noise, level);
    },
    update: adamUpdate,
  }),
};

/**
 * The choices of one column in each row with the largest sums, largest first. Among the first `count` of
 * all rows there is no choice whose first rows are not among the first `count` of those.
 */
export function mostProbable(rows: readonly (readonly number[])[], count: number): number[][] {
  let best: { readonly choice: readonly number[]; readonly sum: number }[] = [
    { choice: [], sum: 0 },
  ];
  for (const row of rows) {
    best = best
      .flatMap(({ choice, sum }) =>
        row.map((value, column) => ({ choice: [...choice, column], sum: sum + value })),
      )
      .sort((a, b) => b.sum - a.sum)
      .slice(0, count);
  }
  return best.map(({ choice }) => [...choice]);
}
