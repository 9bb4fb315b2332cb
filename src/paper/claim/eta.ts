import { collapseEpoch, heldAt, leaderAt, type Curves } from '../curves';
import type { Claim } from './claim';
import { collapsed, gain, heldOff, lastIdle, lastSkips, SKIP } from './conditions';
import { COLLAPSED_SKIPS } from '../experiment/bench';

/* The eta sweep of Amended-DARTS: four weights of its second-order term, 200 epochs each. */

const POOL = 'avg_pool_3x3';
/** As many edges as skip-connect needs for a collapse. */
const MOST = 4;
const BACKED_BY = ['Eta sweep'];

/** Without the term: all skip-connects after 500 epochs in its paper. */
export const M_15: Claim = {
  id: 'M.15',
  statement: 'without its second-order term Amended-DARTS degrades in a long search',
  backedBy: BACKED_BY,
  arms: ['eta-0'],
  given: null,
  accuracy: 'none',
  effect: { what: 'skip-connects in the last cell', unit: 'edges' },
  examine: ({ curves }) => {
    const run = curves('eta-0');
    return { conditions: [collapsed(run)], effect: lastSkips(run) };
  },
};

/** With .01 the same, only later. */
export const M_16: Claim = {
  id: 'M.16',
  statement: 'a second-order term a tenth of the usual one does not prevent it',
  backedBy: BACKED_BY,
  arms: ['eta-0', 'eta-.01'],
  given: null,
  accuracy: 'none',
  effect: { what: 'collapse later than with eta 0', unit: 'epochs' },
  examine: ({ curves }) => {
    const run = curves('eta-.01');
    return {
      conditions: [collapsed(run)],
      effect: collapseOf(run) - collapseOf(curves('eta-0')),
    };
  },
};

/** With .1, 3.08 % error in its paper. */
export const M_17: Claim = {
  id: 'M.17',
  statement: 'with eta .1 none and skip-connect do not take the cell over in a long search',
  backedBy: BACKED_BY,
  arms: ['eta-0', 'eta-.1'],
  given: M_15,
  accuracy: 'added',
  effect: { what: 'edges of none or skip-connect in the last cell', unit: 'edges' },
  examine: ({ curves, margin }) => {
    const run = curves('eta-.1');
    const conditions = heldOff(run);
    const limit = margin('eta-0');
    if (limit !== null) conditions.push(gain(run, curves('eta-0'), 'eta 0', limit));
    return { conditions, effect: lastIdle(run) };
  },
};

/** From 1 on, average pooling on most edges in its paper. */
export const M_18: Claim = {
  id: 'M.18',
  statement: 'average pooling takes the cell over when eta is large',
  backedBy: BACKED_BY,
  arms: ['eta-1'],
  given: null,
  accuracy: 'none',
  effect: { what: 'edges of average pooling in the last cell', unit: 'edges' },
  examine: ({ curves }) => {
    const run = curves('eta-1');
    const pools = heldAt(run, POOL, run.epochs);
    return {
      conditions: [
        {
          label: 'average pooling has the largest magnitude at the end',
          holds: leaderAt(run, run.epochs) === POOL,
        },
        { label: `at least ${MOST} edges of it at the end`, holds: pools >= MOST },
      ],
      effect: pools,
    };
  },
};

/** Tc. */
function collapseOf(run: Curves): number {
  return collapseEpoch(run, SKIP, COLLAPSED_SKIPS);
}
