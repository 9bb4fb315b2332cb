import path from 'node:path';
import { carryOut, UsageError, type Command, type Given } from './lib/flags';
import { collect, contents, writeMerged } from './lib/merge';

/* `npm run merge`: the traces of several machines become one. */

const FLAGS = {
  out: { value: 'FILE', help: 'the merged trace, DIR.json.gz beside the folder by default' },
  check: { value: null, help: 'only check; write nothing' },
} as const;

const MERGE: Command<keyof typeof FLAGS> = {
  name: 'merge',
  operand: 'DIR',
  summary: `Checks all traces below the folder DIR, against the format's laws and digests and against each other,
and writes one trace of all their runs, which the page imports and record takes. A run that is there
twice with the same numbers counts once. What does not fit is named: files that are damaged or no
traces, runs that are not finished, were trained on other images than the rest of their scale, or are
there twice with different numbers. Nothing is written then.`,
  flags: FLAGS,
  notes: `Exit status: 0 done; 1 something does not fit, or cannot be written; 2 wrong usage.`,
};

async function run({ values, operand }: Given<keyof typeof FLAGS>): Promise<number> {
  if (operand === null) throw new UsageError('DIR is missing: the folder with the traces.');
  const folder = path.resolve(operand);
  const out = typeof values.out === 'string' ? path.resolve(values.out) : `${folder}.json.gz`;
  if (out.startsWith(folder + path.sep)) {
    throw new UsageError(`--out: ${out} is inside of ${folder} and would be merged the next time.`);
  }
  const { runs, problems, notes } = await readFolder(folder);
  for (const note of notes) console.log(note);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) return 1;
  if (runs.length === 0) throw new UsageError(`DIR: there is no trace in ${folder}.`);
  for (const line of contents(runs)) console.log(line);
  if (values.check === true) return 0;
  const bytes = await writeMerged(out, runs);
  const count = `${runs.length} ${runs.length === 1 ? 'run' : 'runs'}`;
  console.log(`${out}: ${count}, ${(bytes / 1e6).toFixed(2)} MB`);
  return 0;
}

async function readFolder(folder: string): ReturnType<typeof collect> {
  try {
    return await collect(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`DIR: ${folder} cannot be read: ${reason}`);
  }
}

await carryOut(MERGE, run);
