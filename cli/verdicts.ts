import { access, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readAccuracies, readShipped, type ShippedTables } from './lib/accuracy-file';
import type { SpaceKey } from '../src/paper/space/space';
import type { Lookup } from '../src/paper/table/lookup';
import { carryOut, UsageError, type Command, type Given } from './lib/flags';
import { writePages } from './lib/pages';
import { readRecordings, reasonOf, RECORDINGS, TABLES } from './lib/recordings';
import { judgeRecordings, verdictJson, verdictText } from './lib/verdict-report';

/* `npm run verdicts`: every claim of the paper, judged by the recorded runs. */

const FLAGS = {
  json: { value: 'FILE', help: 'write the verdicts to a file, too' },
  recordings: { value: 'DIR', help: 'folder of the recordings, public/recordings by default' },
  table: {
    value: 'FILE[,FILE...]',
    help: 'judge with the accuracies in these files, too: CSV (docs/tables.md), or scaled tables; one a space',
  },
  tables: {
    value: 'DIR',
    help: 'folder of the tables that ship, public/tables by default; one judges where it can and --table names none of its space',
  },
  column: { value: 'KEY', help: 'column of the table, cifar10_test by default' },
  pages: { value: null, help: 'write the tables of README.md and docs/ anew' },
} as const;

const VERDICTS: Command<keyof typeof FLAGS> = {
  name: 'verdicts',
  operand: null,
  summary: `Reads every recorded run, checks it, and judges every claim of the paper by the rules of
docs/protocol.md.`,
  flags: FLAGS,
  notes: `FILE gets a list of objects with id, outcome, n, effect (mean, std, what, unit), scale, table, runs,
sentence, and statement, chance, protocol, excluded, reason, needs (tables for want of which it is not comparable).

Exit status: 0 done; 2 wrong usage, a bad table among it; 1 anything else, such as a recording that is missing or damaged.`,
};

async function run({ values }: Given<keyof typeof FLAGS>): Promise<number> {
  const { json, pages, table, column } = values;
  const folder = typeof values.recordings === 'string' ? values.recordings : RECORDINGS;
  if (pages === true && values.recordings !== undefined) {
    throw new UsageError('--pages: the pages tell of public/recordings; leave out --recordings.');
  }
  if (pages === true && table !== undefined) {
    throw new UsageError('--pages: the pages are judged without --table.');
  }
  if (pages === true && values.tables !== undefined) {
    throw new UsageError('--pages: the pages tell of public/tables; leave out --tables.');
  }
  if (column !== undefined && table === undefined) {
    throw new UsageError('--column: names a column of a table; give it with --table FILE.');
  }
  const target = typeof json === 'string' ? path.resolve(json) : null;
  // Before the recordings are read, which takes a while.
  if (target !== null) await writing(target, () => access(path.dirname(target)));
  const named =
    typeof table === 'string'
      ? await readTables(table, typeof column === 'string' ? column : null)
      : [];
  const { recordings, problems } = await readRecordings(path.resolve(folder));
  const shipped = await readOrTell(
    path.resolve(typeof values.tables === 'string' ? values.tables : TABLES),
    named.map(({ space }) => space),
  );
  for (const problem of problems) console.error(problem);
  if (problems.length > 0 || shipped === null) return 1;

  const tables = [...named, ...shipped.tables];
  const judged = judgeRecordings(recordings, { tables, unfit: shipped.unfit });
  console.log(verdictText(judged, recordings));
  if (target !== null) await writing(target, () => writeFile(target, verdictJson(judged)));
  if (pages === true) await writePages(recordings, judged);
  return 0;
}

/** Of NAS-Bench-201 a column; tables of the other spaces have one only. */
async function readTables(files: string, column: string | null): Promise<Lookup[]> {
  const tables: Lookup[] = [];
  for (const file of files.split(',')) {
    const table = await readAccuracies('--table', file, column);
    if (tables.some(({ space }) => space === table.space)) {
      throw new UsageError(`--table: ${file}: there is a table of ${table.space} already.`);
    }
    tables.push(table);
  }
  return tables;
}

/** Null when one is damaged, which is told. */
async function readOrTell(
  folder: string,
  except: readonly SpaceKey[],
): Promise<ShippedTables | null> {
  try {
    return await readShipped(folder, except);
  } catch (error) {
    console.error(reasonOf(error));
    return null;
  }
}

async function writing(file: string, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    throw new UsageError(`--json: ${file} cannot be written: ${reasonOf(error)}`);
  }
}

await carryOut(VERDICTS, run);
