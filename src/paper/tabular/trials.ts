import { benchmarkIndex, CELL_COUNT, genotypeAtIndex } from '../benchmark-index';
import { EDGES } from '../cell';
import { OPERATIONS } from '../operation';

/** What searchers draw from: the project's seeded streams are of this kind. */
export interface Draws {
  /** In [0, 1). */
  uniform(): number;
  /** Of 0 to n - 1. */
  int(n: number): number;
  /** Standard. */
  normal(): number;
}

/** A cell as searchers change it: an operation's place for each of the six edges. */
export type Choice = readonly number[];

/** Evaluations of one search unless told otherwise. */
export const USUAL_BUDGET = 100;

/** The accuracies that a search may ask for, one after the other until its budget is spent. */
export class Trials {
  /** Architecture indices in the order in which they were asked for, repeats included. */
  readonly history: number[] = [];
  #best = -1;

  /**
   * @param scores by architecture index, percent, without a gap
   * @param budget evaluations; asking for a cell again costs as much as the first time
   */
  constructor(
    private readonly scores: Float64Array,
    readonly budget: number = USUAL_BUDGET,
  ) {}

  get isSpent(): boolean {
    return this.history.length >= this.budget;
  }

  /** Architecture index of the best so far, the first of equals; -1 before the first. */
  get best(): number {
    return this.#best;
  }

  /** @throws RangeError when the budget is spent */
  evaluate(cell: Choice): number {
    if (this.isSpent) throw new RangeError(`All ${this.budget} evaluations are spent.`);
    const index = indexOf(cell);
    const score = this.scores[index]!;
    this.history.push(index);
    if (this.#best < 0 || score > this.scores[this.#best]!) this.#best = index;
    return score;
  }
}

/** A search of a table of accuracies: asks until the trials are spent. */
export interface TableSearcher {
  readonly key: 'rs' | 'rea' | 'reinforce' | 'bohb';
  /** As table 1 prints it. */
  readonly title: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  readonly search: (trials: Trials, draws: Draws) => void;
}

/** All cells are equally likely. */
export function randomChoice(draws: Draws): number[] {
  return EDGES.map(() => draws.int(OPERATIONS.length));
}

let cached: Uint16Array | undefined;

/** Architecture index of a choice. */
export function indexOf(cell: Choice): number {
  return byRank()[cell.reduce((rank, place) => rank * OPERATIONS.length + place, 0)]!;
}

/** Hundreds of searches ask a hundred times each: the order of the benchmark is unravelled once. */
function byRank(): Uint16Array {
  if (cached === undefined) {
    cached = new Uint16Array(CELL_COUNT);
    for (let rank = 0; rank < CELL_COUNT; rank++) {
      const digits = [...rank.toString(OPERATIONS.length).padStart(EDGES.length, '0')];
      cached[rank] = benchmarkIndex(digits.map((digit) => OPERATIONS[Number(digit)]!));
    }
  }
  return cached;
}

/** The choice at an architecture index. */
export function choiceAt(index: number): number[] {
  const places: readonly string[] = OPERATIONS;
  return genotypeAtIndex(index).map((operation) => places.indexOf(operation));
}
