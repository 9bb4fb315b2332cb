import { leaderAt, magnitudeAt } from '../curves';
import { BASELINE } from './baseline';
import type { Claim } from './claim';
import { gain, heldOff, lastAccuracy, lastIdle, lastSkips, takeover } from './conditions';

/** DARTS-V2 ends in the all-skip cell as DARTS-V1 does (table 1). */
export const M_1: Claim = {
  id: 'M.1',
  statement: 'the second-order correction does not prevent the degradation (DARTS-V2)',
  backedBy: ['Baseline', 'Methods'],
  arms: ['baseline', 'darts-v2'],
  given: BASELINE,
  accuracy: 'added',
  effect: { what: 'skip-connects in the last cell', unit: 'edges' },
  examine: ({ curves, margin }) => {
    const run = curves('darts-v2');
    const conditions = takeover(run);
    const limit = margin('baseline');
    if (limit !== null) {
      conditions.push({
        label: 'accuracy ends no more than M above the baseline’s',
        holds: lastAccuracy(run) - lastAccuracy(curves('baseline')) <= limit,
      });
    }
    return { conditions, effect: lastSkips(run) };
  },
};

/** Amended-DARTS keeps none and skip-connect from taking over. */
export const M_10: Claim = {
  id: 'M.10',
  statement: 'with Amended-DARTS none and skip-connect do not take the cell over',
  backedBy: ['Baseline', 'Methods'],
  arms: ['baseline', 'amended-darts'],
  given: BASELINE,
  accuracy: 'added',
  effect: { what: 'edges of none or skip-connect in the last cell', unit: 'edges' },
  examine: ({ curves, margin }) => {
    const run = curves('amended-darts');
    const conditions = heldOff(run);
    const limit = margin('baseline');
    if (limit !== null) conditions.push(gain(run, curves('baseline'), 'the baseline', limit));
    return { conditions, effect: lastIdle(run) };
  },
};

/** In Amended-DARTS the operation that leads in the end has gained all the time. */
export const M_11: Claim = {
  id: 'M.11',
  statement: 'with Amended-DARTS the weight of the leading operation keeps growing',
  backedBy: ['Methods'],
  arms: ['amended-darts'],
  given: null,
  accuracy: 'none',
  effect: { what: 'gain of its magnitude over the last three quarters', unit: 'percentage points' },
  examine: ({ curves }) => {
    const run = curves('amended-darts');
    const leader = leaderAt(run, run.epochs);
    const [first, ...later] = [1, 2, 3, 4].map((quarter) =>
      magnitudeAt(run, leader, Math.ceil((quarter * run.epochs) / 4)),
    );
    const steps = [first!, ...later];
    return {
      conditions: [
        {
          label: 'its magnitude is larger at the end of each quarter of the search',
          holds: later.every((value, at) => value > steps[at]!),
        },
      ],
      effect: 100 * (later.at(-1)! - first!),
    };
  },
};
