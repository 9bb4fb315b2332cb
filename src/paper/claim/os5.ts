import { MissingAccuracy } from '../accuracy-table';
import { accuracyAt, bestAccuracy } from '../curves';
import { BASELINE } from './baseline';
import type { Claim } from './claim';

/** The degradation is tied to particular operations: without skip-connect there is none. */
export const OS_5: Claim = {
  id: 'OS.5',
  statement: 'without skip-connect there is no degradation',
  backedBy: ['Baseline', 'Exp.6'],
  arms: ['baseline', 'no-skip'],
  given: BASELINE,
  accuracy: 'required',
  effect: { what: 'accuracy above the baseline’s at the end', unit: 'points' },
  examine: ({ curves, margin }) => {
    const limit = margin('no-skip');
    if (limit === null) throw new MissingAccuracy();
    const run = curves('no-skip');
    const baseline = curves('baseline');
    const accuracy = accuracyAt(run, run.epochs);
    const gain = accuracy - accuracyAt(baseline, baseline.epochs);
    return {
      conditions: [
        {
          label: 'accuracy ends within M of its best',
          holds: bestAccuracy(run) - accuracy <= limit,
        },
        { label: 'and above the baseline’s by more than M', holds: gain > limit },
      ],
      effect: gain,
    };
  },
  control: (gap) =>
    `Control: the supernet’s accuracy on the weights half exceeds that on the alpha half by ${points(gap('no-skip'))} without skip-connect and by ${points(gap('baseline'))} with it.`,
};

function points(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} points`;
}
