import { PRINTED_TABLE_1 } from '../../paper/printed';
import { DATA_SETS, type DataSet } from '../../paper/table/table';
import { TABLE_SEARCHERS } from '../../paper/tabular/registry';
import type { TabularResult } from '../../paper/tabular/repeat';
import { grouped } from '../format';
import { printedText, spread } from '../results/words';
import type { TextTable } from '../text-table';
import type { TabularSubject } from './tabular-runs.svelte';

/** A row for each searcher; empty of ours where it has not searched this table yet. */
export function tabularTable(
  results: readonly TabularResult[],
  subject: TabularSubject | null,
  dataSet: DataSet,
): TextTable {
  const at = subject === null ? -1 : reportedAt(subject, dataSet);
  return {
    caption: `Table 1, searchers of a table: ${dataSet} test accuracy (percent) as the paper prints it, over 500 searches of 12,000 simulated seconds; beside it ${subjectWords(subject, at)}`,
    columns: [
      'method',
      'printed accuracy',
      'our accuracy',
      'n',
      'evaluations',
      'cells asked for',
      'best cells',
    ],
    rows: TABLE_SEARCHERS.map(({ key, title }) => {
      const result = results.find(({ searcher }) => searcher === key);
      const printed = PRINTED_TABLE_1.find(({ method }) => method === title)!;
      const told = printedText(printed.accuracies[2 * DATA_SETS.indexOf(dataSet) + 1] ?? null);
      if (result === undefined) return [title, told, '', '', '', '', ''];
      const ours = result.accuracies[at] ?? null;
      const { budget, asked, cells } = result;
      const n = String(subject!.repeats);
      return [title, told, spread(ours, 2), n, String(budget), asked.toFixed(1), String(cells)];
    }),
  };
}

/** How far the searches are. */
export function progressWords(done: number, total: number): string {
  return `${grouped(done)} of ${grouped(total)} searches`;
}

/** Place of the column by which a data set is judged: its own, or the only one; -1 for none. */
function reportedAt({ task: { reported } }: TabularSubject, dataSet: DataSet): number {
  const own = reported.findIndex(({ column }) => column.dataSet === dataSet);
  return own < 0 && reported.length === 1 && reported[0]!.column.dataSet === null ? 0 : own;
}

function subjectWords(subject: TabularSubject | null, at: number): string {
  if (subject === null) return 'room for searches of the table in use.';
  const { table, task, repeats, budget } = subject;
  const judged = task.reported[at]?.column.label;
  const where =
    judged === undefined
      ? 'which has no accuracies of this data set'
      : `whose best cells are looked up under ${judged}`;
  return `the mean ± standard deviation of ${grouped(repeats)} searches of ${budget} evaluations in ${table} by ${task.searched.label}, ${where}. Cells asked for are the different ones of a search, best cells those of all searches.`;
}
