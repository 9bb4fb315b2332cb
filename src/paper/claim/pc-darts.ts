import { BASELINE } from './baseline';
import type { Claim } from './claim';
import { lastSkips } from './conditions';

/** The paper of Amended-DARTS searches with PC-DARTS for 200 epochs and sees no collapse. */
export const M_13: Claim = {
  id: 'M.13',
  statement: 'skip-connect does not take the cell over in PC-DARTS',
  backedBy: ['Baseline', 'Methods'],
  arms: ['baseline', 'pc-darts'],
  given: BASELINE,
  accuracy: 'none',
  effect: { what: 'skip-connects fewer than in the baseline', unit: 'edges' },
  examine: ({ curves }) => {
    const skips = lastSkips(curves('pc-darts'));
    return {
      conditions: [{ label: 'at most three skip-connects at the end', holds: skips <= 3 }],
      effect: lastSkips(curves('baseline')) - skips,
    };
  },
};
