import { accuracyAt, heldAt, type Curves } from '../curves';
import type { ArmKey } from '../experiment/arm';
import { BASELINE } from './baseline';
import { neverFalls } from './conditions';
import type { Claim, Evidence, Examination } from './claim';

/** By alpha rate. */
const ARMS = [
  'baseline',
  'alpha-.001',
  'alpha-.002',
  'alpha-.003',
] as const satisfies readonly ArmKey[];

/** A larger alpha rate alleviates the degradation by and by. */
export const OS_3: Claim = {
  id: 'OS.3',
  statement: 'a larger alpha rate alleviates the degradation by and by',
  backedBy: ['Baseline', 'Exp.4'],
  arms: ARMS,
  given: BASELINE,
  accuracy: 'added',
  effect: { what: 'skip-connects fewer at alpha rate .003 than at .0003', unit: 'edges' },
  examine: ({ curves, margin }: Evidence): Examination => {
    const last = (value: (run: Curves, epoch: number) => number) =>
      ARMS.map((arm) => value(curves(arm), curves(arm).epochs));
    const skips = last((run, epoch) => heldAt(run, 'skip_connect', epoch));
    const effect = skips[0]! - skips.at(-1)!;
    const limit = margin('baseline');
    if (limit === null) {
      return {
        conditions: [
          {
            label: 'skip-connects at the end never rise with the rate',
            holds: neverFalls(
              skips.map((s) => -s),
              0,
            ),
          },
          { label: 'they fall by at least one edge from first to last', holds: effect >= 1 },
        ],
        effect,
      };
    }
    const accuracies = last(accuracyAt);
    return {
      conditions: [
        {
          label: 'no rate ends below the one before it by more than M',
          holds: neverFalls(accuracies, limit),
        },
        {
          label: 'the last ends above the first by more than M',
          holds: accuracies.at(-1)! - accuracies[0]! > limit,
        },
      ],
      effect,
    };
  },
};
