import type { Claim } from './claim';
import { degradation, lastSkips } from './conditions';

/** DARTS-V1 in its default setting degrades: skip-connect takes the cell over. */
export const BASELINE: Claim = {
  id: 'baseline',
  statement: 'DARTS-V1 degrades: skip-connect takes the cell over',
  backedBy: ['Baseline'],
  arms: ['baseline'],
  given: null,
  accuracy: 'added',
  effect: { what: 'skip-connects in the last cell', unit: 'edges' },
  examine: ({ curves, margin }) => {
    const run = curves('baseline');
    return { conditions: degradation(run, margin('baseline')), effect: lastSkips(run) };
  },
};
