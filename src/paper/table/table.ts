import type { Folding } from '../isomorphism';
import type { OneShotKey } from '../space/space';

/** Data sets of NAS-Bench-201, in the order of the paper's tables. */
export const DATA_SETS = ['CIFAR-10', 'CIFAR-100', 'ImageNet16-120'] as const;

export type DataSet = (typeof DATA_SETS)[number];

export type Split = 'validation' | 'test';

/** What a column of a table measures. */
export interface TableColumn {
  /** In a file's header. */
  readonly key: string;
  /** `CIFAR-10 test`. */
  readonly label: string;
  /** Null where the file does not tell. */
  readonly dataSet: DataSet | null;
  readonly split: Split | null;
}

/** Validation and test of CIFAR-10 are of two trainings: of half the training images, and of all. */
export const BENCHMARK_COLUMNS: readonly TableColumn[] = [
  column('cifar10', 'CIFAR-10', 'validation'),
  column('cifar10', 'CIFAR-10', 'test'),
  column('cifar100', 'CIFAR-100', 'validation'),
  column('cifar100', 'CIFAR-100', 'test'),
  column('in16', 'ImageNet16-120', 'validation'),
  column('in16', 'ImageNet16-120', 'test'),
];

/** Of a file with two columns, whose name says what it is. */
export const PLAIN_COLUMN: TableColumn = {
  key: 'accuracy',
  label: 'accuracy',
  dataSet: null,
  split: null,
};

/** The cells of a table of a NAS-Bench-1Shot1 space. */
export interface OneShotCells {
  readonly space: OneShotKey;
  /** `SearchSpace.form` of the cells, in the order of the table's values. */
  readonly forms: readonly string[];
}

/** Two trainings of one cell, as a table of our own has them. */
export interface TrainedHere {
  /** Seeds of the cells that were measured most often. */
  readonly seeds: number;
  /** Standard deviation between seeds, percent; null while every cell has one. */
  readonly noise: number | null;
}

/** Accuracies of cells as they are kept, percent; those of NAS-Bench-201 by architecture index. */
export interface TableContent {
  /** What verdicts call it. */
  readonly name: string;
  /** Of another space than NAS-Bench-201. */
  readonly oneShot?: OneShotCells;
  /** Of a table that `npm run scaled-table` made. */
  readonly trained?: TrainedHere;
  /** Cells with a row of their own; of NAS-Bench-201 there are 15,625. */
  readonly cells: number;
  /** Cells that share one measurement; null where each was measured by itself. */
  readonly folding: Folding | null;
  readonly columns: readonly TableColumn[];
  /** One for each column, 15,625 long or as long as the list of cells; NaN is a gap. */
  readonly values: readonly Float64Array[];
}

/** A file that is no table; nothing of it is used. */
export class TableError extends Error {
  override readonly name = 'TableError';

  /** @param row counted from 1, all lines of the file included; null for the file as a whole. */
  constructor(
    readonly row: number | null,
    reason: string,
  ) {
    super(row === null ? reason : `Row ${row}: ${reason}`);
  }
}

function column(prefix: string, dataSet: DataSet, split: Split): TableColumn {
  const key = `${prefix}_${split === 'test' ? 'test' : 'valid'}`;
  return { key, label: `${dataSet} ${split}`, dataSet, split };
}
