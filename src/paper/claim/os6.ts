import { peakEpoch, phases } from '../curves';
import type { Claim } from './claim';

const AVERAGE = 'avg_pool_3x3';
const CONV = 'nor_conv_3x3';

/** Under swapped rates operations are preferred in an order: average pooling, then 3x3 convolution. */
export const OS_6: Claim = {
  id: 'OS.6',
  statement: 'with swapped rates average pooling is preferred first, then 3×3 convolution',
  backedBy: ['Exp.5'],
  arms: ['swapped'],
  given: null,
  accuracy: 'none',
  effect: { what: 'peak of 3×3 convolution after that of average pooling', unit: 'epochs' },
  examine: ({ curves }) => {
    const run = curves('swapped');
    const [first, second] = phases(run);
    return {
      conditions: [
        { label: 'average pooling leads first', holds: first === AVERAGE },
        { label: '3×3 convolution leads next', holds: second === CONV },
      ],
      effect: peakEpoch(run, CONV) - peakEpoch(run, AVERAGE),
    };
  },
};
