import type { Claim } from './claim';
import { degradation, gain, lastAccuracy, lastSkips, prevention } from './conditions';

const BILEVEL = 'gaea-bilevel';
const FEWER = { what: 'skip-connects fewer than in GAEA, bilevel', unit: 'edges' };

/** GAEA, bilevel, ends in the all-skip cell on the standard space (table 2). */
export const M_2: Claim = {
  id: 'M.2',
  statement: 'GAEA, bilevel, degrades on the standard space',
  backedBy: ['Methods'],
  arms: [BILEVEL],
  given: null,
  accuracy: 'added',
  effect: { what: 'skip-connects in the last cell', unit: 'edges' },
  examine: ({ curves, margin }) => {
    const run = curves(BILEVEL);
    return { conditions: degradation(run, margin(BILEVEL)), effect: lastSkips(run) };
  },
};

/** GAEA, ERM, ends at 86.61 in table 2: below the others, far above the all-skip cell. */
export const M_3: Claim = {
  id: 'M.3',
  statement: 'GAEA, ERM, ends weak, but not in the all-skip cell',
  backedBy: ['Methods'],
  arms: [BILEVEL, 'gaea-erm'],
  given: M_2,
  accuracy: 'added',
  effect: FEWER,
  examine: ({ curves, best, margin }) => {
    const bilevel = curves(BILEVEL);
    const erm = curves('gaea-erm');
    const skips = lastSkips(erm);
    const fewer = lastSkips(bilevel) - skips;
    const conditions = [
      { label: 'not all edges are skip-connects at the end', holds: skips <= 5 },
      { label: 'at least one fewer than in GAEA, bilevel', holds: fewer >= 1 },
    ];
    const limit = margin(BILEVEL);
    if (limit !== null) {
      conditions.push(gain(erm, bilevel, 'GAEA, bilevel', limit), {
        label: 'accuracy ends below the best of the table by more than M',
        holds: best(BILEVEL)! - lastAccuracy(erm) > limit,
      });
    }
    return { conditions, effect: fewer };
  },
};

/** Swapped rates keep GAEA, bilevel, from degrading (EX-GAEA in table 2). */
export const M_4: Claim = {
  id: 'M.4',
  statement: 'swapping the learning rates prevents the degradation of GAEA, bilevel, too',
  backedBy: ['Methods'],
  arms: [BILEVEL, 'ex-gaea-bilevel'],
  given: M_2,
  accuracy: 'added',
  effect: FEWER,
  examine: ({ curves, margin }) => {
    const bilevel = curves(BILEVEL);
    const swapped = curves('ex-gaea-bilevel');
    return {
      conditions: prevention(swapped, bilevel, 'GAEA, bilevel', margin(BILEVEL)),
      effect: lastSkips(bilevel) - lastSkips(swapped),
    };
  },
};
