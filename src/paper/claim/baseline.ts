import { accuracyAt, bestAccuracy, heldAt, leaderAt, magnitudeAt } from '../curves';
import { COLLAPSED_SKIPS } from '../experiment/bench';
import type { Claim } from './claim';

const SKIP = 'skip_connect';

/** DARTS-V1 in its default setting degrades: skip-connect takes the cell over. */
export const BASELINE: Claim = {
  id: 'baseline',
  statement: 'DARTS-V1 degrades: skip-connect takes the cell over',
  backedBy: ['Baseline'],
  arms: ['baseline'],
  relative: false,
  accuracy: 'added',
  effect: { what: 'skip-connects in the last cell', unit: 'edges' },
  examine: ({ curves, margin }) => {
    const run = curves('baseline');
    const end = run.epochs;
    const skips = heldAt(run, SKIP, end);
    const rise = magnitudeAt(run, SKIP, end) - magnitudeAt(run, SKIP, Math.ceil(end / 2));
    const conditions = [
      {
        label: `at least ${COLLAPSED_SKIPS} skip-connects at the end`,
        holds: skips >= COLLAPSED_SKIPS,
      },
      {
        label: 'skip-connect has the largest magnitude at the end',
        holds: leaderAt(run, end) === SKIP,
      },
      { label: 'its magnitude rises over the last half', holds: rise > 0 },
    ];
    const limit = margin('baseline');
    if (limit !== null) {
      const loss = bestAccuracy(run) - accuracyAt(run, end);
      conditions.push({
        label: 'accuracy ends below its best by more than M',
        holds: loss > limit,
      });
    }
    return { conditions, effect: skips };
  },
};
