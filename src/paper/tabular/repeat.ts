import { CELL_COUNT } from '../benchmark-index';
import type { Deviation } from '../config';
import { summarise, type Summary } from '../statistics';
import type { TableColumn, TableContent } from '../table/table';
import { Trials, type Draws, type TableSearcher } from './trials';

/** Repeats of the benchmark's own searches. */
export const USUAL_REPEATS = 500;

/** What a search is shown, and what its best cell is judged by. */
export interface TabularTask {
  /** Searched on: accuracies by architecture index. */
  readonly scores: Float64Array;
  /** Its column. */
  readonly searched: TableColumn;
  /** Columns in which the best cells are looked up, and their accuracies. */
  readonly reported: readonly { readonly column: TableColumn; readonly values: Float64Array }[];
}

/** Name of the random stream of a repeat, counted from 0. */
export function tabularStream(searcher: TableSearcher['key'], repeat: number): string {
  return `tabular ${searcher} ${repeat}`;
}

/** Many searches of one kind. */
export interface TabularResult {
  readonly searcher: TableSearcher['key'];
  readonly budget: number;
  /** In the order of {@link TabularTask.reported}, percent over the repeats. */
  readonly accuracies: readonly Summary[];
  /** Different cells that a search asks for, the mean over the repeats. */
  readonly asked: number;
  /** Different cells that were found best. */
  readonly cells: number;
}

/** How all of them differ from the benchmark's own. */
export const TABULAR_DEVIATIONS: readonly Deviation[] = [
  {
    key: 'tabular-budget',
    paper: '12,000 seconds of the cells’ own training times',
    here: 'a number of evaluations',
    why: 'Tables of accuracies have no training times.',
  },
  {
    key: 'tabular-score',
    paper: 'REA, RS and REINFORCE see the accuracy of one training of 12 epochs, BOHB of 200',
    here: 'all see the validation accuracy of the table',
    why: 'A table has one accuracy for a cell, mostly a mean over seeds of its longest training.',
  },
  {
    key: 'tabular-bohb',
    paper: 'widths of BOHB’s kernels have no upper bound, operations are counted from the points',
    here: 'widths up to 0.8, five operations',
    why: 'A kernel that is wider would rather be elsewhere than where its point is.',
  },
];

/**
 * What a table offers to searchers: CIFAR-10 validation to search on and every test column to judge by; a
 * table of one column serves for both.
 *
 * @returns a sentence on what is missing where it cannot be searched
 */
export function tabularTask(table: TableContent): TabularTask | string {
  const { name, columns, values } = table;
  const at = columns.length === 1 ? 0 : columns.findIndex(isSearched);
  if (at < 0) return `${name} has no column of CIFAR-10 validation accuracies to search on.`;
  const tested = columns.flatMap((column, place) =>
    columns.length === 1 || column.split === 'test' ? [place] : [],
  );
  if (tested.length === 0) return `${name} has no column of test accuracies to judge by.`;
  for (const place of [at, ...tested]) {
    const gaps = values[place]!.reduce((sum, value) => sum + (Number.isNaN(value) ? 1 : 0), 0);
    if (gaps > 0) {
      const cells = `${gaps} of ${CELL_COUNT} cells`;
      return `${name} lacks ${columns[place]!.label} of ${cells}; a search may ask for any.`;
    }
  }
  return {
    scores: values[at]!,
    searched: columns[at]!,
    reported: tested.map((place) => ({ column: columns[place]!, values: values[place]! })),
  };
}

/**
 * Searches one after the other, each with draws of its own, and tells after each how many are done.
 *
 * @param drawsOf the stream of a repeat, from 0
 */
export function* repeatSearch(
  { search, key }: TableSearcher,
  { scores, reported }: TabularTask,
  { repeats, budget }: { readonly repeats: number; readonly budget: number },
  drawsOf: (repeat: number) => Draws,
): Generator<number, TabularResult> {
  const found: number[] = [];
  let asked = 0;
  for (let repeat = 0; repeat < repeats; repeat++) {
    const trials = new Trials(scores, budget);
    search(trials, drawsOf(repeat));
    found.push(trials.best);
    asked += new Set(trials.history).size;
    yield repeat + 1;
  }
  return {
    searcher: key,
    budget,
    accuracies: reported.map(({ values }) => summarise(found.map((index) => values[index]!))),
    asked: asked / repeats,
    cells: new Set(found).size,
  };
}

function isSearched({ dataSet, split }: TableColumn): boolean {
  return dataSet === 'CIFAR-10' && split === 'validation';
}
