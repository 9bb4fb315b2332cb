import tables from './printed-tables.json';

/** An accuracy as the paper prints it, percent. */
export interface PrintedAccuracy {
  readonly mean: number;
  /** Null where none is printed; whether its divisor is n or n - 1 is not said. */
  readonly std: number | null;
}

/** The six columns of tables 1 and 2. Validation and test of CIFAR-10 are of two trainings. */
export const PRINTED_COLUMNS = [
  'CIFAR-10 validation',
  'CIFAR-10 test',
  'CIFAR-100 validation',
  'CIFAR-100 test',
  'ImageNet16-120 validation',
  'ImageNet16-120 test',
] as const;

/** A row of table 1 or 2. */
export interface PrintedRow {
  readonly method: string;
  /** Table 2: under which protocol. */
  readonly protocol: string | null;
  /** Search time, seconds. */
  readonly seconds: number | null;
  /** In the order of {@link PRINTED_COLUMNS}; null where the table has none. */
  readonly accuracies: readonly (PrintedAccuracy | null)[];
}

/** The weight rates of table 3. */
export const PRINTED_WEIGHT_RATES = [0.003, 0.009, 0.015] as const;

/** A row of table 3: test accuracies at each of {@link PRINTED_WEIGHT_RATES}. */
export interface PrintedResilience {
  readonly method: string;
  readonly cifar10: readonly PrintedAccuracy[];
  readonly cifar100: readonly PrintedAccuracy[];
  readonly imagenet16: readonly PrintedAccuracy[];
}

export const PRINTED_TABLE_1: readonly PrintedRow[] = tables.table1.map(rowOf);
export const PRINTED_TABLE_2: readonly PrintedRow[] = tables.table2.map(rowOf);
export const PRINTED_TABLE_3: readonly PrintedResilience[] = tables.table3.map((row) => ({
  method: row.method,
  cifar10: row.cifar10.map(accuracyOf),
  cifar100: row.cifar100.map(accuracyOf),
  imagenet16: row.imagenet16.map(accuracyOf),
}));

/** Methods of table 3 by the key of the stop rule that they are. */
const METHODS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['sc_2', 'sc_3', 'sc_4', 'rt_10', 'rt_2', 'rt_3', 'rt_4'].map((key) => [
      key,
      `DARTS+ (${key})`,
    ]),
  ),
  'ss-eq12-nor_conv_3x3': 'SS-DARTS',
  'ss-eq13-nor_conv_3x3': 'SS-DARTS',
};

/** What table 3 prints for a stop rule; undefined for rules that it does not have. */
export function printedResilience(ruleKey: string): PrintedResilience | undefined {
  const method = METHODS[ruleKey];
  return PRINTED_TABLE_3.find((row) => row.method === method);
}

function rowOf(row: (typeof tables)['table1' | 'table2'][number]): PrintedRow {
  return {
    method: row.method,
    protocol: row.protocol,
    seconds: row.seconds,
    accuracies: row.accuracies.map((pair) => (pair === null ? null : accuracyOf(pair))),
  };
}

function accuracyOf([mean, std]: readonly (number | null)[]): PrintedAccuracy {
  return { mean: mean!, std: std ?? null };
}
