import { accuracyAt, bestAccuracy, heldAt } from '../curves';
import type { Claim, Condition } from './claim';

const SKIP = 'skip_connect';

/** Swapping the two rates prevents the degradation. */
export const OS_4: Claim = {
  id: 'OS.4',
  statement: 'swapping the learning rates prevents the degradation',
  backedBy: ['Baseline', 'Exp.5'],
  arms: ['baseline', 'swapped'],
  relative: true,
  accuracy: 'added',
  effect: { what: 'skip-connects fewer than in the baseline', unit: 'edges' },
  examine: ({ curves, margin }) => {
    const baseline = curves('baseline');
    const swapped = curves('swapped');
    const skips = heldAt(swapped, SKIP, swapped.epochs);
    const conditions: Condition[] = [
      { label: 'at most one skip-connect at the end', holds: skips <= 1 },
    ];
    const limit = margin('baseline');
    if (limit !== null) {
      const accuracy = accuracyAt(swapped, swapped.epochs);
      conditions.push(
        {
          label: 'accuracy ends within M of its best',
          holds: accuracy >= bestAccuracy(swapped) - limit,
        },
        {
          label: 'and above the baseline’s by more than M',
          holds: accuracy - accuracyAt(baseline, baseline.epochs) > limit,
        },
      );
    }
    return { conditions, effect: heldAt(baseline, SKIP, baseline.epochs) - skips };
  },
};
