import { collapseEpoch, meanHeld } from '../curves';
import { armByKey, type ArmKey } from '../experiment/arm';
import { COLLAPSED_SKIPS } from '../experiment/bench';
import { spearman } from '../rank';
import type { Claim } from './claim';

const SKIP = 'skip_connect';
/** By length of the warm-up. */
const ARMS = [
  'baseline',
  'warmup-10',
  'warmup-20',
  'warmup-30',
  'warmup-100',
] as const satisfies readonly ArmKey[];
const WARM_UPS = ARMS.map((arm) => armByKey(arm).values.warmup);
/** Joint epochs over which skip-connects are counted. */
const FIRST_EPOCHS = 10;

/** The longer the warm-up, the faster the collapse after unfreezing. */
export const OS_2: Claim = {
  id: 'OS.2',
  statement: 'the longer the warm-up, the faster the collapse after unfreezing',
  backedBy: ['Baseline', 'Exp.1', 'Exp.3'],
  arms: ARMS,
  given: null,
  accuracy: 'none',
  effect: { what: 'collapse without warm-up later than with 100 epochs of it', unit: 'epochs' },
  examine: ({ curves }) => {
    const collapses = ARMS.map((arm) => collapseEpoch(curves(arm), SKIP, COLLAPSED_SKIPS));
    const none = collapses[0]!;
    const longest = collapses.at(-1)!;
    const early = ARMS.map((arm) => meanHeld(curves(arm), SKIP, FIRST_EPOCHS));
    return {
      conditions: [
        {
          label: 'no longer warm-up collapses later than a shorter one',
          holds: collapses.every((epoch, at) => at === 0 || epoch <= collapses[at - 1]!),
        },
        { label: '100 epochs collapse sooner than none', holds: longest < none },
        {
          label: '100 epochs collapse within a tenth of the joint epochs',
          holds: longest <= curves('warmup-100').epochs / 10,
        },
        {
          label: `skip-connects in the first ${FIRST_EPOCHS} joint epochs increase with the warm-up`,
          holds: spearman(WARM_UPS, early) > 0,
        },
      ],
      effect: none - longest,
    };
  },
};
