import type { ArmKey } from '../experiment/arm';
import { BASELINE } from './baseline';
import type { Claim, ClaimId } from './claim';
import { collapsed, gain, lastSkips, prevention } from './conditions';

const FEWER = { what: 'skip-connects fewer than in the baseline', unit: 'edges' };

/** GDAS ends at 93.51 in table 1. */
export const M_7: Claim = {
  id: 'M.7',
  statement: 'drawing one operation on each edge prevents the degradation (GDAS)',
  backedBy: ['Baseline', 'Methods'],
  arms: ['baseline', 'gdas'],
  given: BASELINE,
  accuracy: 'added',
  effect: FEWER,
  examine: ({ curves, margin }) => {
    const baseline = curves('baseline');
    const run = curves('gdas');
    return {
      conditions: prevention(run, baseline, 'the baseline', margin('baseline')),
      effect: lastSkips(baseline) - lastSkips(run),
    };
  },
};

/** SETN and RSPS end at 86.19 and 87.66 in table 1. */
export const M_8 = selection(
  'M.8',
  'setn',
  'a cell chosen by trial is not the all-skip one (SETN)',
);
export const M_9 = selection(
  'M.9',
  'rsps',
  'a cell chosen by trial is not the all-skip one, without any alpha (RSPS)',
);

/** ENAS ends in the all-skip cell in table 1, at 54.30. */
export const M_12: Claim = {
  id: 'M.12',
  statement: 'ENAS ends in skip-connects',
  backedBy: ['Methods'],
  arms: ['enas'],
  given: null,
  accuracy: 'none',
  effect: { what: 'skip-connects in the last cell', unit: 'edges' },
  examine: ({ curves }) => {
    const run = curves('enas');
    return { conditions: [collapsed(run)], effect: lastSkips(run) };
  },
};

function selection(id: ClaimId, arm: ArmKey, statement: string): Claim {
  return {
    id,
    statement,
    backedBy: ['Baseline', 'Methods'],
    arms: ['baseline', arm],
    given: BASELINE,
    accuracy: 'added',
    effect: FEWER,
    examine: ({ curves, margin }) => {
      const baseline = curves('baseline');
      const run = curves(arm);
      const skips = lastSkips(run);
      const conditions = [{ label: 'at most three skip-connects at the end', holds: skips <= 3 }];
      const limit = margin('baseline');
      if (limit !== null) conditions.push(gain(run, baseline, 'the baseline', limit));
      return { conditions, effect: lastSkips(baseline) - skips };
    },
  };
}
