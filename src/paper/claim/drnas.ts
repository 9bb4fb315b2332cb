import { heldAt, leaderAt, type Curves } from '../curves';
import type { Claim } from './claim';

const CONV = 'nor_conv_3x3';
/** As many edges as skip-connect needs for a collapse. */
const MOST = 4;

/** DrNAS ends in six 3x3 convolutions, or five and a none: it prefers what has most parameters. */
export const M_5: Claim = {
  id: 'M.5',
  statement: 'DrNAS prefers the operation with the most parameters',
  backedBy: ['Methods'],
  arms: ['drnas'],
  given: null,
  accuracy: 'none',
  effect: { what: '3×3 convolutions in the last cell', unit: 'edges' },
  examine: ({ curves }) => {
    const run = curves('drnas');
    const convolutions = heldAt(run, CONV, run.epochs);
    return {
      conditions: [
        { label: `at least ${MOST} 3×3 convolutions at the end`, holds: convolutions >= MOST },
        {
          label: '3×3 convolution has the largest magnitude at the end',
          holds: leaderAt(run, run.epochs) === CONV,
        },
      ],
      effect: convolutions,
    };
  },
};

/** DrNAS converges fast: its cell is found at half time. */
export const M_6: Claim = {
  id: 'M.6',
  statement: 'DrNAS converges fast',
  backedBy: ['Methods'],
  arms: ['drnas'],
  given: null,
  accuracy: 'none',
  effect: { what: 'first epoch from which no operation gains or loses an edge', unit: 'epochs' },
  examine: ({ curves }) => {
    const run = curves('drnas');
    const settled = settledFrom(run);
    return {
      conditions: [
        {
          label: 'no operation gains or loses an edge over the last half',
          holds: settled <= Math.ceil(run.epochs / 2),
        },
      ],
      effect: settled,
    };
  },
};

/** The first epoch from which every operation holds what it holds in the end. */
function settledFrom({ held, epochs }: Curves): number {
  let epoch = epochs;
  while (epoch > 1 && held.every((curve) => curve[epoch - 2] === curve[epochs - 1])) epoch--;
  return epoch;
}
