import type { ClaimId, Examination } from './claim';
import type { Excluded } from './runs';
import type { TableNeed } from './table-need';

export type Outcome = 'seen' | 'not seen' | 'too few seeds' | 'not comparable';

export interface SeedFinding extends Examination {
  readonly seed: number;
  readonly holds: boolean;
}

export interface Effect {
  readonly mean: number;
  /** Sample standard deviation over seeds; null for one seed. */
  readonly std: number | null;
  readonly what: string;
  readonly unit: string;
}

/** What is found before it is put in words. */
export interface Findings {
  readonly id: ClaimId;
  readonly outcome: Outcome;
  /** Seeds that every arm has. */
  readonly n: number;
  readonly seeds: readonly SeedFinding[];
  /** Whether the predicate holds for the seed mean; null where it was not examined. */
  readonly mean: boolean | null;
  readonly effect: Effect | null;
  readonly scale: string | null;
  /** Names of the accuracy tables used; null when judged on cells and magnitudes alone. */
  readonly table: string | null;
  /** Uids of the runs it rests on. */
  readonly runs: readonly string[];
  readonly excluded: readonly Excluded[];
  /** Why it is not comparable. */
  readonly reason: string | null;
  /** Accuracy tables for want of which it is not comparable. */
  readonly needs: readonly TableNeed[];
  /** Said beside the verdict and not judged. */
  readonly notes: readonly string[];
}

export interface Verdict extends Findings {
  readonly sentence: string;
}
