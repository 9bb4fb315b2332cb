import { MissingAccuracy } from '../accuracy-table';
import { accuracyAt, peakEpoch } from '../curves';
import { armByKey } from '../experiment/arm';
import type { Claim } from './claim';
import { ONE_SHOT_ARMS } from './os8';

/** In the 1Shot1 spaces the end is worse than the peak of 3x3 convolution, but not by much. */
export const OS_9: Claim = {
  id: 'OS.9',
  statement: 'in all three 1Shot1 spaces the search degrades mildly in the end',
  backedBy: ['Exp.8'],
  arms: ONE_SHOT_ARMS,
  given: null,
  accuracy: 'required',
  effect: { what: 'largest loss of accuracy in any of the spaces', unit: 'points' },
  examine: ({ curves, margin }) => {
    const losses = ONE_SHOT_ARMS.map((arm) => {
      const run = curves(arm);
      return accuracyAt(run, peakEpoch(run, 'conv3x3-bn-relu')) - accuracyAt(run, run.epochs);
    });
    return {
      conditions: ONE_SHOT_ARMS.flatMap((arm, at) => {
        const limit = margin(arm);
        if (limit === null) throw new MissingAccuracy();
        const { label } = armByKey(arm);
        return [
          {
            label: `${label}: accuracy ends below that at the peak of 3×3 convolution`,
            holds: losses[at]! > 0,
          },
          { label: `${label}: by no more than M`, holds: losses[at]! <= limit },
        ];
      }),
      effect: Math.max(...losses),
    };
  },
};
