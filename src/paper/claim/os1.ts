import { accuracyAt, heldAt } from '../curves';
import { armByKey, type ArmKey } from '../experiment/arm';
import { COLLAPSED_SKIPS } from '../experiment/bench';
import { BASELINE } from './baseline';
import type { Claim, Condition } from './claim';

const ARMS = [
  'warmup-10',
  'warmup-20',
  'warmup-30',
  'l2-.005',
  'l2-.01',
  'warmup-100',
] as const satisfies readonly ArmKey[];

/** Neither warm-up nor a stronger L2 prevents the degradation. */
export const OS_1: Claim = {
  id: 'OS.1',
  statement: 'neither warm-up nor a stronger L2 prevents the degradation',
  backedBy: ['Exp.1', 'Exp.2', 'Exp.3'],
  arms: ['baseline', ...ARMS],
  given: BASELINE,
  accuracy: 'added',
  effect: { what: 'fewest skip-connects that an arm ends with', unit: 'edges' },
  examine: ({ curves, margin }) => {
    const skips = ARMS.map((arm) => heldAt(curves(arm), 'skip_connect', curves(arm).epochs));
    const conditions: Condition[] = ARMS.map((arm, at) => ({
      label: `${armByKey(arm).label}: at least ${COLLAPSED_SKIPS} skip-connects at the end`,
      holds: skips[at]! >= COLLAPSED_SKIPS,
    }));
    const limit = margin('baseline');
    if (limit !== null) {
      const baseline = accuracyAt(curves('baseline'), curves('baseline').epochs);
      for (const arm of ARMS) {
        const gain = accuracyAt(curves(arm), curves(arm).epochs) - baseline;
        conditions.push({
          label: `${armByKey(arm).label}: accuracy ends no more than M above the baseline’s`,
          holds: gain <= limit,
        });
      }
    }
    return { conditions, effect: Math.min(...skips) };
  },
};
