import path from 'node:path';
import { carryOut, UsageError, type Command, type Given } from './lib/flags';
import { thisMachine } from './lib/machine';
import { record } from './lib/record';
import { RECORDINGS, RecordingError } from './lib/recordings';

/* `npm run record`: finished traces become recordings that ship with the page. */

const FLAGS = {
  out: { value: 'DIR', help: 'folder of the recordings, public/recordings by default' },
  machine: { value: 'TEXT', help: 'class of the machine that trained them; this one by default' },
} as const;

const RECORD: Command<keyof typeof FLAGS> = {
  name: 'record',
  operand: 'TRACES',
  summary: `Takes the finished traces below the folder TRACES, puts those of one arm and scale into one packed
trace, and writes the index beside them. Seeds that come later are added to what is recorded.`,
  flags: FLAGS,
  notes: `Runs with the seeds of calibration get a recording of their own. Nothing that is recorded is replaced:
delete a recording to make it anew.

Exit status: 0 done; 2 wrong usage, or a trace that cannot be recorded; 1 anything else.`,
};

async function run({ values, operand }: Given<keyof typeof FLAGS>): Promise<number> {
  if (operand === null) throw new UsageError('TRACES is missing: the folder with the traces.');
  const out = typeof values.out === 'string' ? path.resolve(values.out) : RECORDINGS;
  const machine = typeof values.machine === 'string' ? values.machine : thisMachine();
  try {
    await record(path.resolve(operand), out, machine, console.log);
  } catch (error) {
    if (error instanceof RecordingError) throw new UsageError(error.message);
    throw error;
  }
  return 0;
}

await carryOut(RECORD, run);
