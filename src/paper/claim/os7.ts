import { accuracyAt, heldAt, leaderAt, peakEpoch } from '../curves';
import { COLLAPSED_SKIPS } from '../experiment/bench';
import type { Claim, Condition } from './claim';

const SKIP = 'skip_connect';

/** With a small weight rate and time, the order shows in three stages. */
export const OS_7: Claim = {
  id: 'OS.7',
  statement:
    'given time, average pooling, 3×3 convolution and skip-connect are preferred one after the other',
  backedBy: ['Exp.7'],
  arms: ['long'],
  given: null,
  accuracy: 'added',
  effect: { what: 'smaller gap between the three peaks', unit: 'epochs' },
  examine: ({ curves, margin }) => {
    const run = curves('long');
    const end = run.epochs;
    const average = peakEpoch(run, 'avg_pool_3x3');
    const conv = peakEpoch(run, 'nor_conv_3x3');
    const skip = peakEpoch(run, SKIP);
    const conditions: Condition[] = [
      { label: 'average pooling peaks before 3×3 convolution', holds: average < conv },
      { label: '3×3 convolution peaks before skip-connect', holds: conv < skip },
      {
        label: 'skip-connect has the largest magnitude at the end',
        holds: leaderAt(run, end) === SKIP,
      },
      {
        label: `at least ${COLLAPSED_SKIPS} skip-connects at the end`,
        holds: heldAt(run, SKIP, end) >= COLLAPSED_SKIPS,
      },
    ];
    const limit = margin('long');
    if (limit !== null) {
      const loss = accuracyAt(run, conv) - accuracyAt(run, end);
      conditions.push({
        label: 'accuracy falls after the peak of 3×3 convolution by more than M',
        holds: loss > limit,
      });
    }
    return { conditions, effect: Math.min(conv - average, skip - conv) };
  },
};
