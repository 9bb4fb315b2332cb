import type { AccuracyTable } from '../../paper/accuracy-table';
import type { PrintedAccuracy } from '../../paper/printed';
import type { Summary } from '../../paper/statistics';
import type { DataSet } from '../../paper/table/table';
import type { TextTable } from '../text-table';
import type { ResultRow } from './rows';

/** What stands for a number that the paper does not print. */
const MISSING = '–';

export interface ResultFrame {
  readonly dataSet: DataSet;
  readonly scale: string;
  /** Of our accuracies; null without any. */
  readonly table: AccuracyTable | null;
}

/** A table as on screen and in files; a row that was not run is empty. */
export function resultTable(
  number: 1 | 2,
  rows: readonly ResultRow[],
  { dataSet, scale, table }: ResultFrame,
): TextTable {
  const ifTabled = (cell: string) => (table === null ? [] : [cell]);
  const protocol = (cell: string) => (number === 2 ? [cell] : []);
  return {
    caption: `Table ${number}: ${dataSet} test accuracy (percent) and search time as the paper prints them; beside them our runs at the scale ${scale}, mean ± standard deviation over n seeds. Times count DARTS-V1 of the same table, or of the same measurement, as 1. ${tableWords(table)}`,
    columns: [
      'method',
      ...protocol('protocol'),
      'printed accuracy',
      ...ifTabled('our accuracy'),
      'n',
      'our epoch',
      'our skips',
      'printed time',
      'our time',
      'note',
    ],
    rows: rows.map(({ method, protocol: by, printed, printedTime, ours, time, note }) => [
      method,
      ...protocol(by),
      printedText(printed),
      ...ifTabled(ours === null ? '' : spread(ours.accuracies, 2)),
      ours === null ? '' : String(ours.seeds.length),
      ours === null ? '' : spread(ours.epochs, 1),
      ours === null ? '' : spread(ours.skips, 1),
      printedTime === null ? MISSING : printedTime.toFixed(2),
      ours === null || time === null ? '' : time.toFixed(2),
      note,
    ]),
  };
}

/** Where our accuracies come from. */
function tableWords(table: AccuracyTable | null): string {
  return table === null
    ? 'No table of accuracies is in use, so of our cells only the skip-connects are told.'
    : `Our accuracies: ${table.name}.`;
}

/** `93.74 ± 0.03`. Values that do not differ have no spread to tell. */
export function spread(summary: Summary | null, digits: number): string {
  if (summary === null) return MISSING;
  const { n, mean, std } = summary;
  if (n < 2 || std === 0) return String(Number(mean.toFixed(digits)));
  return `${mean.toFixed(digits)} ± ${std.toFixed(digits)}`;
}

/** The same of a printed accuracy. */
export function printedText(printed: PrintedAccuracy | null): string {
  if (printed === null) return MISSING;
  const mean = printed.mean.toFixed(2);
  return printed.std === null ? mean : `${mean} ± ${printed.std.toFixed(2)}`;
}
