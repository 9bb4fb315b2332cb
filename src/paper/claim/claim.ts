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
] as const;

export type ClaimId = (typeof CLAIM_IDS)[number];

/** The arms of one seed, or of the mean over seeds. */
export interface Evidence {
  readonly curves: (arm: ArmKey) => Curves;
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
  /** Whether it says nothing unless the baseline degrades on the same seeds. */
  readonly relative: boolean;
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
