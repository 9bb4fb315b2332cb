import type { Alpha, Genotype } from './cell';
import { OPERATIONS, type Operation } from './operation';

/**
 * Magnitudes that lie within this of each other count as level. Alpha's random initial values spread
 * them by about 0.0002, so naming a leader below it would be reading noise.
 */
const LEVEL = 0.01;

/**
 * Softmax over the operations of every edge; shifted by the row's maximum, so that no finite alpha
 * overflows.
 *
 * @returns the shape of alpha; rows sum to one.
 * @throws RangeError when a value is not finite.
 */
export function softmaxRows(alpha: Alpha): number[][] {
  return alpha.map((row, edge) => {
    const column = row.findIndex((value) => !Number.isFinite(value));
    if (column >= 0) {
      throw new RangeError(`Alpha in row ${edge}, column ${column} is ${row[column]}.`);
    }
    const largest = Math.max(...row);
    const exponentials = row.map((value) => Math.exp(value - largest));
    const sum = exponentials.reduce((total, value) => total + value, 0);
    return exponentials.map((value) => value / sum);
  });
}

/**
 * Operation magnitude m(t, o), Eq. 11: the mean over the cell's edges of softmax(alpha).
 *
 * @returns one value per operation (column of alpha); they sum to one.
 */
export function operationMagnitude(alpha: Alpha): number[] {
  const probabilities = softmaxRows(alpha);
  const columns = probabilities[0]?.length ?? 0;
  if (columns === 0 || probabilities.some((row) => row.length !== columns)) {
    throw new RangeError('Alpha must have at least one row, and rows of one length.');
  }
  return Array.from(
    { length: columns },
    (_, column) => probabilities.reduce((sum, row) => sum + row[column]!, 0) / probabilities.length,
  );
}

/** The operation with the largest magnitude; the first of equals. */
export function leadingOperation(alpha: Alpha, ops: readonly Operation[]): Operation {
  const magnitudes = magnitudesOf(alpha, ops);
  return ops[magnitudes.indexOf(Math.max(...magnitudes))]!;
}

/**
 * The operation with the largest magnitude, or null where it would mislead to name one: all
 * magnitudes within {@link LEVEL} of each other, or the largest two equal but for rounding.
 */
export function clearLeader(alpha: Alpha, ops: readonly Operation[]): Operation | null {
  const magnitudes = magnitudesOf(alpha, ops);
  return areLevel(magnitudes) ? null : ops[magnitudes.indexOf(Math.max(...magnitudes))]!;
}

/** Whether it would mislead to name the largest of these magnitudes; see {@link clearLeader}. */
export function areLevel(magnitudes: readonly number[]): boolean {
  const sorted = magnitudes.toSorted((a, b) => b - a);
  const [first, second] = sorted;
  return first! - sorted.at(-1)! < LEVEL || first! - second! < 1e-9;
}

/** How many of a cell's edges hold each operation; the counts sum to six. */
export function countOperations(genotype: Genotype): Record<Operation, number> {
  const counts = Object.fromEntries(OPERATIONS.map((operation) => [operation, 0])) as Record<
    Operation,
    number
  >;
  for (const operation of genotype) counts[operation]++;
  return counts;
}

function magnitudesOf(alpha: Alpha, ops: readonly Operation[]): number[] {
  const magnitudes = operationMagnitude(alpha);
  if (magnitudes.length !== ops.length) {
    throw new RangeError(`Alpha has ${magnitudes.length} columns for ${ops.length} operations.`);
  }
  return magnitudes;
}
