import type { RunConfig } from '../../paper/config';
import { BENCH_SCALE } from '../../paper/experiment/bench';
import { armOf } from '../../paper/experiment/config';
import { experimentOf } from '../../paper/experiment/experiments';
import { formatSeeds } from '../../paper/seeds';

/** What runs of these settings can be evidence for, in sentences. */
export function restsOn(config: RunConfig): string[] {
  const arm = armOf(config);
  const rule = 'A run with a setting changed in mid-run, or cut off, is never judged.';
  if (arm === null) {
    return [
      'These settings are no arm of the paper’s experiments: their runs are shown and never judged.',
      rule,
    ];
  }
  const { name, claims, seeds } = experimentOf(arm.key);
  const { name: scale } = config.effective.scale;
  const of =
    claims.length === 0
      ? 'no claim is judged by it alone'
      : `it counts for ${claims.map((id) => (id === 'baseline' ? 'the baseline’s claim' : id)).join(', ')}`;
  return [
    `This is ${arm.label} of ${name}; ${of}.`,
    scale === BENCH_SCALE
      ? `The recorded verdicts rest on seeds ${formatSeeds(seeds)} of the scale ${BENCH_SCALE}, which this run would join.`
      : `The recorded verdicts rest on the scale ${BENCH_SCALE}; runs of ${scale} are judged among themselves, never with those.`,
    'A verdict needs three seeds of every arm, and five for more than unanimity.',
    rule,
  ];
}
