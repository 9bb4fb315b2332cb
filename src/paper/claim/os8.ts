import { leaderAt, peakEpoch } from '../curves';
import { armByKey, type ArmKey } from '../experiment/arm';
import type { Claim } from './claim';

export const ONE_SHOT_ARMS = [
  'one-shot-1',
  'one-shot-2',
  'one-shot-3',
] as const satisfies readonly ArmKey[];

const LAST = 'conv1x1-bn-relu';

/** In every 1Shot1 space 3x3 convolution, max pooling and 1x1 convolution are preferred in turn. */
export const OS_8: Claim = {
  id: 'OS.8',
  statement:
    'in all three 1Shot1 spaces 3×3 convolution, max pooling and 1×1 convolution are preferred one after the other',
  backedBy: ['Exp.8'],
  arms: ONE_SHOT_ARMS,
  given: null,
  accuracy: 'none',
  effect: { what: 'smallest gap between the peaks in any of the spaces', unit: 'epochs' },
  examine: ({ curves }) => {
    const spaces = ONE_SHOT_ARMS.map((arm) => {
      const run = curves(arm);
      const conv3 = peakEpoch(run, 'conv3x3-bn-relu');
      const pool = peakEpoch(run, 'maxpool3x3');
      const conv1 = peakEpoch(run, LAST);
      return {
        gap: Math.min(pool - conv3, conv1 - pool),
        conditions: [
          {
            label: `${armByKey(arm).label}: peaks in this order`,
            holds: conv3 < pool && pool < conv1,
          },
          {
            label: `${armByKey(arm).label}: 1×1 convolution has the largest magnitude at the end`,
            holds: leaderAt(run, run.epochs) === LAST,
          },
        ],
      };
    });
    return {
      conditions: spaces.flatMap(({ conditions }) => conditions),
      effect: Math.min(...spaces.map(({ gap }) => gap)),
    };
  },
};

/** The hypothesis behind OS.8 has no test of its own: it is seen where OS.8 is. */
export const HP_3: Claim = {
  ...OS_8,
  id: 'HP.3',
  statement: 'operation selection bias is not a matter of one search space',
};
