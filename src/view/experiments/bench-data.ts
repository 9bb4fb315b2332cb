import type { BenchRun } from '../../paper/claim/runs';
import { spaceByKey } from '../../paper/space/registry';
import type { SpaceKey } from '../../paper/space/space';
import { benchRunOf } from '../../trace/bench-run';
import type { TraceRun } from '../../trace/types';

/** A run as verdicts and figures need it, fit to be sent between threads: a space has functions. */
export type BenchData = Omit<BenchRun, 'space'> & { readonly space: SpaceKey };

/** Of whole traces the part that belongs to an arm of an experiment; the rest is passed over. */
export function packed(runs: readonly TraceRun[]): BenchData[] {
  return runs.flatMap((run) => {
    const bench = benchRunOf(run);
    return bench === null ? [] : [{ ...bench, space: bench.space.key }];
  });
}

export function unpacked(data: readonly BenchData[]): BenchRun[] {
  return data.map((run) => ({ ...run, space: spaceByKey(run.space) }));
}
