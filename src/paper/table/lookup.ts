import type { AccuracyTable } from '../accuracy-table';
import { benchmarkIndex } from '../benchmark-index';
import { EDGES, type Genotype } from '../cell';
import { parseGenotype } from '../genotype';
import { oneShotSpaceByKey } from '../space/registry';
import { PLAIN_COLUMN, type OneShotCells, type TableColumn, type TableContent } from './table';

const ALL_SKIP: Genotype = EDGES.map(() => 'skip_connect');

/** The residual block in this space: two 3x3 convolutions one after the other, beside a shortcut. */
export const RESNET_LIKE: Genotype = [
  'nor_conv_3x3',
  'none',
  'nor_conv_3x3',
  'skip_connect',
  'none',
  'skip_connect',
];

/** One column of a table, to be looked up. */
export interface Lookup extends AccuracyTable {
  readonly column: TableColumn;
  /** Percent by architecture index, or in the order of the table's cells; NaN is a gap. */
  readonly values: Float64Array;
  /** Cells that have an accuracy. */
  readonly count: number;
  /** Place of the best of them among the values. */
  readonly bestIndex: number;
  /** Accuracy of the ResNet-like cell; NaN where the table or its space lacks it. */
  readonly resnet: number;
  /** 1 for the best; cells of equal accuracy share the better rank. */
  readonly rank: (accuracy: number) => number;
}

/** @throws RangeError when the table has no such column, or the column is empty. */
export function lookupOf(
  { name, columns, values: all, oneShot }: TableContent,
  key: TableColumn['key'],
): Lookup {
  const at = columns.findIndex((column) => column.key === key);
  const values = all[at];
  if (values === undefined) throw new RangeError(`Table ${name} has no column ${key}.`);
  const ascending = values.filter((value) => !Number.isNaN(value)).sort();
  const best = ascending.at(-1);
  if (best === undefined) throw new RangeError(`Column ${key} of table ${name} is empty.`);
  const column = columns[at]!;
  return {
    name: key === PLAIN_COLUMN.key ? name : `${name}, ${column.label}`,
    column,
    values,
    count: ascending.length,
    best,
    bestIndex: values.indexOf(best),
    ...(oneShot === undefined ? ofBenchmark(values) : ofOneShot(values, ascending, oneShot)),
    rank: (accuracy) => 1 + ascending.length - notAbove(ascending, accuracy),
  };
}

type OfSpace = Pick<Lookup, 'space' | 'floor' | 'resnet' | 'accuracy'>;

function ofBenchmark(values: Float64Array): OfSpace {
  return {
    space: 'nas-bench-201',
    floor: values[benchmarkIndex(ALL_SKIP)]!,
    resnet: values[benchmarkIndex(RESNET_LIKE)]!,
    accuracy: (arch) => known(values[benchmarkIndex(parseGenotype(arch))]),
  };
}

function ofOneShot(
  values: Float64Array,
  ascending: Float64Array,
  { space, forms }: OneShotCells,
): OfSpace {
  const { form } = oneShotSpaceByKey(space);
  const places = new Map(forms.map((one, at) => [one, at]));
  // A search names the same few cells again and again.
  const found = new Map<string, number | undefined>();
  return {
    space,
    floor: ascending[0]!,
    resnet: NaN,
    accuracy: (arch) => {
      if (!found.has(arch)) found.set(arch, known(values[places.get(form(arch)) ?? -1]));
      return found.get(arch);
    },
  };
}

function known(value: number | undefined): number | undefined {
  return Number.isNaN(value) ? undefined : value;
}

/** What is looked up unless somebody chooses: CIFAR-10 test, as in the paper, else the first. */
export function usualColumn({ columns }: Pick<TableContent, 'columns'>): TableColumn['key'] {
  const paper = columns.find(({ dataSet, split }) => dataSet === 'CIFAR-10' && split === 'test');
  return (paper ?? columns[0]!).key;
}

/** How many of the ascending values are no larger. */
function notAbove(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
