import type { SpaceKey } from './space/space';

/** Accuracies of derived architectures, percent: a benchmark's table, or one that was trained here. */
export interface AccuracyTable {
  /** As verdicts name it: `NAS-Bench-201, CIFAR-10 test, 200 epochs`. */
  readonly name: string;
  readonly space: SpaceKey;
  /** The highest accuracy in the table. */
  readonly best: number;
  /**
   * That of the all-skip cell, NaN where the table lacks it; in a space without skip-connect the
   * lowest in the table.
   */
  readonly floor: number;
  /** Of an architecture string as a run derives it, loose ends included; undefined for a gap. */
  readonly accuracy: (arch: string) => number | undefined;
}

/** An accuracy that a predicate needs is not in the table. */
export class MissingAccuracy extends Error {
  override readonly name = 'MissingAccuracy';

  constructor() {
    super('The table lacks an architecture that the claim needs.');
  }
}

/**
 * M: what an accuracy must differ by to count, 10 % of the table's span.
 *
 * @throws MissingAccuracy when the table lacks the cell that is its floor.
 */
export function marginOf({ best, floor }: AccuracyTable): number {
  if (Number.isNaN(floor)) throw new MissingAccuracy();
  return 0.1 * (best - floor);
}

/**
 * Why claims are not judged with a table of our own, as a clause; null when they are. Its margin M has to
 * be larger than what two seeds of one cell differ by (docs/protocol.md, amendment 1).
 *
 * @param noise standard deviation between seeds, percent; null where it is not known
 */
export function whyUnfit(table: AccuracyTable, noise: number | null): string | null {
  if (Number.isNaN(table.floor)) return 'its all-skip cell, which margin M needs, is not measured';
  if (noise === null || Number.isNaN(noise)) {
    return 'how far two seeds of one cell differ is not known yet';
  }
  const margin = marginOf(table);
  if (margin > noise) return null;
  return `its margin M of ${margin.toFixed(2)} points is no larger than what two seeds of one cell differ by (${noise.toFixed(2)}, s.d.)`;
}

/** A table of our own that is at hand and that claims are not judged with. */
export interface UnfitTable extends Pick<AccuracyTable, 'name' | 'space'> {
  /** See {@link whyUnfit}. */
  readonly why: string;
}
