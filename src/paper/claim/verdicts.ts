import type { Chance } from './chance';
import rates from './chance-rates.json';
import type { Claim, ClaimId } from './claim';
import { judge, type JudgeOptions } from './judge';
import { protocolOf } from './protocol';
import { CLAIMS } from './registry';
import type { BenchRun } from './runs';
import type { Verdict } from './verdict';

/** A verdict with what stands beside it in every table. */
export interface ReportedVerdict extends Verdict {
  /** Rates on cells and magnitudes alone; null for a claim that needs accuracies. */
  readonly chance: Chance | null;
  /** Commit of the protocol that fixed the predicate. */
  readonly protocol: string;
}

/** How often a claim holds for random walks, without accuracies; see scripts/chance.mjs. */
export const CHANCE_RATES: Readonly<Record<ClaimId, Chance | null>> = rates;

/** The verdict on every claim, in the registry's order, from whatever runs there are. */
export function verdicts(runs: readonly BenchRun[], options: JudgeOptions = {}): ReportedVerdict[] {
  return CLAIMS.map((claim) => reportedVerdict(claim, runs, options));
}

/** The verdict on one claim; see {@link verdicts}. */
export function reportedVerdict(
  claim: Claim,
  runs: readonly BenchRun[],
  options: JudgeOptions = {},
): ReportedVerdict {
  return {
    ...judge(claim, runs, options),
    chance: CHANCE_RATES[claim.id],
    protocol: protocolOf(claim.id),
  };
}
