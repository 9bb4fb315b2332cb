import { count } from '../format';
import type { ImportedFile, WrittenEverything } from './job';

/* What went out of the browser or came into it, in words. */

/** So many problems of one file are told one by one. */
const MOST_PROBLEMS = 12;

export const NOTHING_NEW = 'No new run.';

/** `Exported 3 runs, 1 result of a cell and 2 checkpoints.` */
export function exportWords(file: WrittenEverything): string {
  const { runs, cells, tables, checkpoints, leftOut } = file;
  const rest =
    leftOut === 0
      ? ''
      : ` ${count(leftOut, 'older checkpoint')} did not fit into a file that can be read again.`;
  return `Exported ${listing({ runs, cells, tables, checkpoints })}.${rest}`;
}

/** What came of files, of all of them together. */
export function importWords(results: readonly ImportedFile[]): string {
  const sum = (size: (result: ImportedFile) => number) =>
    results.reduce((total, result) => total + size(result), 0);
  const added = listing({
    runs: sum(({ runs }) => runs.added.length),
    cells: sum(({ cells }) => cells.added.length),
    tables: sum(({ tables }) => tables.added.length),
    checkpoints: sum(({ runs, cells }) => runs.resumable.length + cells.begun.length),
  });
  const known = results.flatMap(({ runs }) => runs.known);
  const parts = [added === '' ? 'No new run' : `Imported ${added}`];
  if (known.length > 0) {
    const names = known.slice(0, 3).join(', ') + (known.length > 3 ? ', …' : '');
    parts.push(`${count(known.length, 'run')} already here (${names})`);
  }
  const others = listing({
    runs: 0,
    cells: sum(({ cells }) => cells.known.length),
    tables: sum(({ tables }) => tables.known.length),
    checkpoints: 0,
  });
  if (others !== '') parts.push(`${others} already here`);
  return `${parts.join('; ')}.`;
}

/** What of a file was left out, and why. */
export function problemsOf(name: string, { runs, cells, refusals }: ImportedFile): string[] {
  const problems = [
    ...refusals.map((reason) => `${name}: ${reason}`),
    ...runs.conflicting.map(
      (uid) => `Run ${uid} is here with other numbers; the one here was kept.`,
    ),
    ...cells.conflicting.map(
      ({ arch, seed }) =>
        `Cell ${arch}, seed ${seed}, is here with other numbers; the result here was kept.`,
    ),
  ];
  const more = problems.length - MOST_PROBLEMS;
  if (more <= 1) return problems;
  return [...problems.slice(0, MOST_PROBLEMS), `${name}: ${more} more parts were left out.`];
}

interface Counts {
  readonly runs: number;
  readonly cells: number;
  readonly tables: number;
  readonly checkpoints: number;
}

/** `2 runs, 1 table and 1 checkpoint`; empty for nothing. */
function listing({ runs, cells, tables, checkpoints }: Counts): string {
  const parts = [
    runs === 0 ? '' : count(runs, 'run'),
    cells === 0 ? '' : `${count(cells, 'result')} of cells`,
    tables === 0 ? '' : count(tables, 'table'),
    checkpoints === 0 ? '' : count(checkpoints, 'checkpoint'),
  ].filter((part) => part !== '');
  const last = parts.pop() ?? '';
  return parts.length === 0 ? last : `${parts.join(', ')} and ${last}`;
}
