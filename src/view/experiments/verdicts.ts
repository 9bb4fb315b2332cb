import { BENCH_SCALE } from '../../paper/experiment/bench';
import type { ClaimId } from '../../paper/claim/claim';
import { claimById } from '../../paper/claim/registry';
import { reportedVerdict, type ReportedVerdict } from '../../paper/claim/verdicts';
import type { Experiments } from './experiments.svelte';

/**
 * The verdict on a claim, with the accuracies in use if they can judge. Apart from the experiments'
 * state, which the page needs before anything is judged.
 */
export function verdictOn(
  experiments: Experiments,
  id: ClaimId,
  runs = experiments.pool,
): ReportedVerdict {
  const { judging: tables, unfit } = experiments;
  return reportedVerdict(claimById(id), runs, { selectedScale: BENCH_SCALE, tables, unfit });
}
