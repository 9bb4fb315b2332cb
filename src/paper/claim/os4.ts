import { BASELINE } from './baseline';
import type { Claim } from './claim';
import { lastSkips, prevention } from './conditions';

/** Swapping the two rates prevents the degradation. */
export const OS_4: Claim = {
  id: 'OS.4',
  statement: 'swapping the learning rates prevents the degradation',
  backedBy: ['Baseline', 'Exp.5'],
  arms: ['baseline', 'swapped'],
  given: BASELINE,
  accuracy: 'added',
  effect: { what: 'skip-connects fewer than in the baseline', unit: 'edges' },
  examine: ({ curves, margin }) => {
    const baseline = curves('baseline');
    const swapped = curves('swapped');
    return {
      conditions: prevention(swapped, baseline, 'the baseline', margin('baseline')),
      effect: lastSkips(baseline) - lastSkips(swapped),
    };
  },
};
