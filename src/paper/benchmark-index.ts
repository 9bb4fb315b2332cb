import { EDGES, type Genotype } from './cell';
import { shuffledRange } from './cpython-random';
import { GenotypeError } from './genotype';
import { OPERATIONS, type Operation } from './operation';

/** Cells of the space: five operations on six edges. */
export const CELL_COUNT = OPERATIONS.length ** EDGES.length;

/** The seed with which the benchmark's builder shuffled its lexicographic list of cells. */
const ORDER_SEED = 88;

interface Order {
  /** Index to lexicographic rank. */
  readonly ranks: Uint16Array;
  /** Lexicographic rank to index. */
  readonly indices: Uint16Array;
}

let cached: Order | undefined;

function order(): Order {
  if (cached === undefined) {
    const ranks = Uint16Array.from(shuffledRange(CELL_COUNT, ORDER_SEED));
    const indices = new Uint16Array(CELL_COUNT);
    ranks.forEach((rank, index) => (indices[rank] = index));
    cached = { ranks, indices };
  }
  return cached;
}

/** By position. */
const DIGITS: readonly Operation[] = OPERATIONS;

/** The architecture index under which NAS-Bench-201 tabulates a cell, 0..15,624. */
export function benchmarkIndex(genotype: Genotype): number {
  if (genotype.length !== EDGES.length) {
    throw new GenotypeError(
      `A cell has ${EDGES.length} operations, one per edge; this one has ${genotype.length}.`,
    );
  }
  // First edge slowest, digits in the order of OPERATIONS.
  const rank = genotype.reduce(
    (sum, operation) => sum * OPERATIONS.length + DIGITS.indexOf(operation),
    0,
  );
  return order().indices[rank]!;
}

/**
 * The cell at an architecture index.
 *
 * @throws RangeError when the index is not an integer in 0..15,624.
 */
export function genotypeAtIndex(index: number): Genotype {
  if (!Number.isInteger(index) || index < 0 || index >= CELL_COUNT) {
    throw new RangeError(`NAS-Bench-201 has no cell ${index}; indices run from 0 to 15624.`);
  }
  const digits = order().ranks[index]!.toString(OPERATIONS.length).padStart(EDGES.length, '0');
  return [...digits].map((digit) => OPERATIONS[Number(digit)]!);
}
