import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { RandomStream } from '../src/data/random';
import { PRINTED_TABLE_1 } from '../src/paper/printed';
import type { Summary } from '../src/paper/statistics';
import { DATA_SETS, type TableColumn } from '../src/paper/table/table';
import { TABLE_SEARCHERS } from '../src/paper/tabular/registry';
import {
  repeatSearch,
  tabularStream,
  tabularTask,
  TABULAR_DEVIATIONS,
  USUAL_REPEATS,
  type TabularResult,
} from '../src/paper/tabular/repeat';
import { USUAL_BUDGET } from '../src/paper/tabular/trials';
import { readTable } from './lib/accuracy-file';
import { carryOut, UsageError, wholeNumber, type Command, type Given } from './lib/flags';
import { reasonOf } from './lib/recordings';
import { textTable } from './lib/table';

/* `npm run tabular`: RS, REA, REINFORCE and BOHB on a complete table of accuracies. */

const FLAGS = {
  table: { value: 'FILE', help: 'CSV of all 15,625 cells (docs/tables.md); needed' },
  repeats: { value: 'N', help: `searches of each kind, ${USUAL_REPEATS} by default` },
  budget: { value: 'N', help: `evaluations of one search, ${USUAL_BUDGET} by default` },
  seed: { value: 'N', help: 'of the random numbers, 0 by default' },
  json: { value: 'FILE', help: 'write the results to a file, too' },
} as const;

const TABULAR: Command<keyof typeof FLAGS> = {
  name: 'tabular',
  operand: null,
  summary: `Searches a complete table of accuracies with the four searchers of table 1 that need no supernet,
each many times, and prints what the cells that they find are worth beside the paper's numbers.`,
  flags: FLAGS,
  notes: `A search sees CIFAR-10 validation; its best cell is looked up in the columns of test accuracies. A table of
one column serves for both. The budget counts evaluations: tables have no training times.

FILE gets an object with table, searched, seed, repeats, budget, deviations, and results: a list of objects with
searcher, asked (different cells that a search asks for, the mean), cells (different ones that were found best),
and accuracies by column (n, mean, std, min, max, median).

Exit status: 0 done; 2 wrong usage, a table that cannot be searched among it; 1 anything else.`,
};

/** So many repeats are enough for any mean, and still end. */
const MOST_REPEATS = 100_000;
const MOST_BUDGET = 15_625;

async function run({ values }: Given<keyof typeof FLAGS>): Promise<number> {
  const { table: file, json } = values;
  if (typeof file !== 'string') {
    throw new UsageError('--table is missing: the accuracies of all cells, CSV (docs/tables.md).');
  }
  const whole = (key: 'repeats' | 'budget' | 'seed', usual: number, least: number, most: number) =>
    typeof values[key] === 'string' ? wholeNumber(`--${key}`, values[key], least, most) : usual;
  const repeats = whole('repeats', USUAL_REPEATS, 1, MOST_REPEATS);
  const budget = whole('budget', USUAL_BUDGET, 1, MOST_BUDGET);
  const seed = whole('seed', 0, 0, 2 ** 31);

  const content = await readTable('--table', file);
  const task = tabularTask(content);
  if (typeof task === 'string') throw new UsageError(`--table: ${task}`);
  const results = TABLE_SEARCHERS.map((searcher): TabularResult => {
    const stream = (repeat: number) =>
      RandomStream.named(seed, tabularStream(searcher.key, repeat));
    const searches = repeatSearch(searcher, task, { repeats, budget }, stream);
    let next = searches.next();
    while (!next.done) next = searches.next();
    return next.value;
  });

  const columns = task.reported.map(({ column }) => column);
  console.log(
    `${content.name}: searched by ${task.searched.label}, ${budget} evaluations a search, n = ${repeats}, seed ${seed}`,
  );
  console.log(textOf(results, columns));
  for (const { paper, here } of TABULAR_DEVIATIONS)
    console.log(`Here ${here}; in the reference ${paper}.`);
  if (typeof json !== 'string') return 0;
  const told = {
    table: content.name,
    searched: task.searched.key,
    ...{ seed, repeats, budget },
    deviations: TABULAR_DEVIATIONS,
    results: results.map(({ searcher, asked, cells, accuracies }) => ({
      searcher,
      asked,
      cells,
      accuracies: Object.fromEntries(columns.map(({ key }, at) => [key, accuracies[at]!])),
    })),
  };
  try {
    await writeFile(path.resolve(json), `${JSON.stringify(told, null, 2)}\n`);
  } catch (error) {
    throw new UsageError(`--json: ${json} cannot be written: ${reasonOf(error)}`);
  }
  return 0;
}

function textOf(results: readonly TabularResult[], columns: readonly TableColumn[]): string {
  const titleOf = (key: string) => TABLE_SEARCHERS.find((one) => one.key === key)!.title;
  return textTable(
    [
      { head: 'searcher', text: ({ searcher }) => titleOf(searcher), align: 'left' },
      ...columns.flatMap((column, at) => [
        {
          head: column.label,
          text: ({ accuracies }: TabularResult) => spread(accuracies[at]!),
          align: 'right' as const,
        },
        {
          head: 'printed',
          text: ({ searcher }: TabularResult) => printed(titleOf(searcher), column),
          align: 'right' as const,
        },
      ]),
      { head: 'cells asked for', text: ({ asked }) => asked.toFixed(1), align: 'right' },
      { head: 'best cells', text: ({ cells }) => String(cells), align: 'right' },
    ],
    results,
  );
}

function spread({ n, mean, std }: Pick<Summary, 'n' | 'mean' | 'std'>): string {
  return n < 2 ? mean.toFixed(2) : `${mean.toFixed(2)} ± ${std.toFixed(2)}`;
}

/** What table 1 prints for a column of the benchmark; a dash for any other. */
function printed(title: string, { dataSet, split }: TableColumn): string {
  const row = PRINTED_TABLE_1.find(({ method }) => method === title);
  const at = dataSet === null || split !== 'test' ? -1 : 2 * DATA_SETS.indexOf(dataSet) + 1;
  const accuracy = row?.accuracies[at];
  if (!accuracy) return '-';
  const { mean, std } = accuracy;
  return std === null ? mean.toFixed(2) : `${mean.toFixed(2)} ± ${std.toFixed(2)}`;
}

await carryOut(TABULAR, run);
