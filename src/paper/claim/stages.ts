import { curvesOfStage } from '../curves';
import { STAGES } from '../space/stages';
import type { Claim } from './claim';
import { lastSkips } from './conditions';

/** DARTS+: with alphas for each stage the early ones end in convolutions, the late ones in skip-connects. */
export const M_21: Claim = {
  id: 'M.21',
  statement: 'with alphas for each stage the last stage takes more skip-connects than the first',
  backedBy: ['Stages'],
  arms: ['stages'],
  given: null,
  accuracy: 'none',
  effect: { what: 'skip-connects in the last stage more than in the first', unit: 'edges' },
  examine: ({ curves }) => {
    const run = curves('stages');
    const [first, last] = [0, STAGES - 1].map((stage) => lastSkips(curvesOfStage(run, stage)));
    const more = last! - first!;
    return {
      conditions: [
        { label: 'more skip-connects in the last stage than in the first', holds: more > 0 },
      ],
      effect: more,
    };
  },
};
