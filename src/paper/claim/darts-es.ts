import { accuracyAt, bestEpoch, collapseEpoch, heldAt, type Curves } from '../curves';
import type { ArmKey } from '../experiment/arm';
import { explosionEpoch, stopByEigenvalue } from '../stop/eigenvalue';
import { BASELINE } from './baseline';
import type { Claim, Condition } from './claim';
import { lastSkips, neverFalls, SKIP } from './conditions';

/* DARTS-ES, which ends a search by the largest eigenvalue of the Hessian by alpha, and figure 7. */

/** Skip-connects at which DARTS+ sees a collapse begin: sc_2. */
const BEGINNING = 2;
/** By weight rate. */
const SWEEP = ['hessian-.003', 'hessian-.009', 'hessian-.015'] as const satisfies readonly ArmKey[];

/** What the rule promises. */
export const M_14: Claim = {
  id: 'M.14',
  statement: 'DARTS-ES returns a cell from before the degradation',
  backedBy: ['Baseline', 'DARTS-ES'],
  arms: ['baseline', 'hessian'],
  given: BASELINE,
  accuracy: 'none',
  effect: { what: 'skip-connects fewer than in the last cell', unit: 'edges' },
  examine: ({ curves }) => {
    const run = curves('hessian');
    const skips = returnedSkips(run);
    return {
      conditions: [{ label: 'at most three skip-connects where it stops', holds: skips <= 3 }],
      effect: lastSkips(run) - skips,
    };
  },
};

/** Figure 7: the explosion is a by-product of the degradation, and no warning of it. */
export const M_19: Claim = {
  id: 'M.19',
  statement: 'the Hessian’s largest eigenvalue explodes with the degradation, not before it',
  backedBy: ['Baseline', 'DARTS-ES'],
  arms: ['baseline', 'hessian'],
  given: BASELINE,
  accuracy: 'added',
  effect: { what: 'explosion after the second skip-connect', unit: 'epochs' },
  examine: ({ curves, margin }) => {
    const run = curves('hessian');
    const explosion = explosionEpoch(run.eigenvalues ?? []);
    const from = explosion ?? run.epochs + 1;
    const beginning = collapseEpoch(run, SKIP, BEGINNING);
    const conditions: Condition[] = [
      { label: 'the eigenvalue explodes', holds: explosion !== null },
      {
        label: 'not before skip-connect has two edges for good',
        holds: from >= beginning,
      },
    ];
    if (margin('hessian') !== null) {
      conditions.push({
        label: 'nor before accuracy is at its best',
        holds: from >= bestEpoch(run),
      });
    }
    return { conditions, effect: from - beginning };
  },
};

/** 88.23, 79.87 and 67.15 % in table 3. */
export const M_20: Claim = {
  id: 'M.20',
  statement: 'DARTS-ES returns worse cells the larger the weight rate',
  backedBy: ['DARTS-ES'],
  arms: SWEEP,
  given: null,
  accuracy: 'added',
  effect: { what: 'skip-connects more at weight rate .015 than at .003', unit: 'edges' },
  examine: ({ curves, margin }) => {
    const skips = SWEEP.map((arm) => returnedSkips(curves(arm)));
    const effect = skips.at(-1)! - skips[0]!;
    const limit = margin(SWEEP[0]);
    if (limit === null) {
      return {
        conditions: [
          {
            label: 'skip-connects where it stops never fall with the rate',
            holds: neverFalls(skips, 0),
          },
          { label: 'they rise by at least one edge from first to last', holds: effect >= 1 },
        ],
        effect,
      };
    }
    const accuracies = SWEEP.map((arm) => {
      const run = curves(arm);
      return accuracyAt(run, stopByEigenvalue(run).epoch);
    });
    return {
      conditions: [
        {
          label: 'no rate gives a better cell than the one before it by more than M',
          holds: neverFalls(accuracies.toReversed(), limit),
        },
        {
          label: 'the last gives a worse one than the first by more than M',
          holds: accuracies[0]! - accuracies.at(-1)! > limit,
        },
      ],
      effect,
    };
  },
};

/** Skip-connects in the cell that DARTS-ES returns. */
function returnedSkips(run: Curves): number {
  return heldAt(run, SKIP, stopByEigenvalue(run).epoch);
}
