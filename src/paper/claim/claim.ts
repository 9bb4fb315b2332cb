import type { Curves } from '../curves';
import type { ArmKey } from '../experiment/arm';

export const CLAIM_IDS = [
  'baseline',
  'OS.1',
  'OS.2',
  'OS.3',
  'OS.4',
  'OS.5',
  'OS.6',
  'OS.7',
  'OS.8',
  'OS.9',
  'HP.3',
  'M.1',
  'M.2',
  'M.3',
  'M.4',
  'M.5',
  'M.6',
  'M.7',
  'M.8',
  'M.9',
  'M.10',
  'M.11',
  'M.12',
  'M.13',
  'M.15',
  'M.16',
  'M.17',
  'M.18',
  'M.14',
  'M.19',
  'M.20',
  'M.21',
] as const;

export type ClaimId = (typeof CLAIM_IDS)[number];

/** The arms of one seed, or of the mean over seeds. */
export interface Evidence {
  readonly curves: (arm: ArmKey) => Curves;
  /** The best accuracy in the table of an arm's space; null when the claim is judged without one. */
  readonly best: (arm: ArmKey) => number | null;
  /**
   * Margin M of the accuracy table of an arm's space; null when the claim is judged without one.
   * Curves have accuracies exactly where it is a number.
   */
  readonly margin: (arm: ArmKey) => number | null;
}

/** One part of a predicate, as examined. */
export interface Condition {
  readonly label: string;
  readonly holds: boolean;
}

export interface Examination {
  /** The predicate holds when all of them do. */
  readonly conditions: readonly Condition[];
  readonly effect: number;
}

/** An observation of the paper as a predicate (docs/protocol.md). One file and one registry entry. */
export interface Claim {
  readonly id: ClaimId;
  /** The paper's observation in short, as a main clause without a full stop. */
  readonly statement: string;
  readonly backedBy: readonly string[];
  /** Arms that must have run with a seed for the seed to count. */
  readonly arms: readonly ArmKey[];
  /** What must be seen on the same seeds for it to say anything: that something degrades. */
  readonly given: Claim | null;
  /** Conditions on accuracy: added where a table is loaded, or all there is. */
  readonly accuracy: 'none' | 'added' | 'required';
  readonly effect: { readonly what: string; readonly unit: string };
  /** @throws MissingAccuracy when a table is used and lacks what the predicate needs. */
  readonly examine: (evidence: Evidence) => Examination;
  /** Something that is shown with the verdict and not judged, from the arms' mean accuracy gaps. */
  readonly control?: (gap: (arm: ArmKey) => number) => string;
}

export function holds({ conditions }: Examination): boolean {
  return conditions.every((condition) => condition.holds);
}
