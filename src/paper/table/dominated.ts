import { CELL_COUNT, genotypeAtIndex } from '../benchmark-index';
import { OPERATIONS } from '../operation';
import { summarise, type Summary } from '../statistics';
import type { Lookup } from './lookup';

/** Edges, of six, on which an operation dominates a cell (figure 6(a) of the paper). */
const DOMINATING = 4;

/** Figure 6(a): the cells that an operation dominates. */
export interface Dominated {
  readonly operation: (typeof OPERATIONS)[number];
  /** All of them, 265 for every operation, of which the table may lack some. */
  readonly cells: number;
  /** Architecture indices of those in the table, the worst first. */
  readonly indices: readonly number[];
  /** Their accuracies, percent. */
  readonly accuracies: readonly number[];
  readonly summary: Summary;
}

/** Of every operation in the benchmark's order. */
export function dominatedBy({ values }: Lookup): Dominated[] {
  return dominatedCells().map((all, at) => {
    const indices = all
      .filter((index) => !Number.isNaN(values[index]!))
      .sort((a, b) => values[a]! - values[b]!);
    const accuracies = indices.map((index) => values[index]!);
    return {
      operation: OPERATIONS[at]!,
      cells: all.length,
      indices,
      accuracies,
      summary: summarise(accuracies),
    };
  });
}

let cached: readonly (readonly number[])[] | undefined;

/** Architecture indices by operation. */
function dominatedCells(): readonly (readonly number[])[] {
  if (cached === undefined) {
    const found = OPERATIONS.map((): number[] => []);
    for (let index = 0; index < CELL_COUNT; index++) {
      const genotype = genotypeAtIndex(index);
      OPERATIONS.forEach((operation, at) => {
        const held = genotype.filter((one) => one === operation);
        if (held.length >= DOMINATING) found[at]!.push(index);
      });
    }
    cached = found;
  }
  return cached;
}
