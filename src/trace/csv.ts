import { operationMagnitude, softmaxRows } from '../paper/magnitude';
import { spaceOf } from '../paper/space/registry';
import { operationRows } from '../paper/space/space';
import type { EpochRecord, TraceRun } from './types';

const COLUMNS = [
  'uid',
  'seed',
  'regime',
  'epoch',
  'phase',
  'edge',
  'operation',
  'alpha',
  'softmax',
  'magnitude',
];

/**
 * Tidy CSV (RFC 4180): one row per run, epoch, edge and operation, with end-of-epoch alpha, its
 * softmax over the edge's operations, and the operation's magnitude (Eq. 11), which repeats over the
 * edges. In NAS-Bench-1Shot1 choice blocks take the place of edges. `regime` is the run's name. Numbers are written in full, as in the JSON.
 */
export function writeCsv(runs: readonly TraceRun[]): string {
  const lines = runs.flatMap((run) => run.epochs.flatMap((record) => rowsOf(run, record)));
  return [COLUMNS.join(','), ...lines, ''].join('\r\n');
}

function rowsOf(run: TraceRun, { epoch, phase, alpha }: EpochRecord): string[] {
  const head = [run.uid, run.seed, csvText(run.name), epoch, phase].join(',');
  const { effective } = run.config;
  const space = spaceOf(effective);
  const choices = operationRows(space, alpha);
  const softmax = softmaxRows(choices);
  const magnitude = operationMagnitude(choices);
  const names = space.rows(effective.ops).map(({ name }) => name);
  return choices.flatMap((row, index) =>
    effective.ops.map((operation, column) =>
      [head, names[index], operation, row[column], softmax[index]![column], magnitude[column]].join(
        ',',
      ),
    ),
  );
}

/**
 * One text cell. Spreadsheets run a cell that starts with one of `= + - @`, tab or return as a
 * formula, and a name may come from a stranger's file; a leading apostrophe makes it text.
 */
export function csvText(text: string): string {
  const safe = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
