import type { Folding } from '../isomorphism';
import { BENCHMARK_COLUMNS, PLAIN_COLUMN, TableError, type TableColumn } from './table';

/** Where the columns of a file stand. Read by name, so their order is free. */
export interface Header {
  /** Number of columns, known or not. */
  readonly width: number;
  readonly arch: number;
  /** Null where the file has no such column. */
  readonly index: number | null;
  readonly accuracies: readonly { readonly column: TableColumn; readonly at: number }[];
}

/** What a file says of itself in lines `# key: value` above its header. */
export interface Statement {
  readonly name: string | null;
  /** Rows of a table that does not have all cells. */
  readonly cells: number | null;
  readonly folding: Folding | null;
}

export const NOTHING_STATED: Statement = { name: null, cells: null, folding: null };

const KNOWN = [...BENCHMARK_COLUMNS, PLAIN_COLUMN];

/** @throws TableError for a line that is not the header of a table. */
export function readHeader(fields: readonly string[], row: number): Header {
  const names = fields.map((field) => field.trim().toLowerCase());
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) {
    throw new TableError(row, `the header has two columns "${excerpt(twice)}".`);
  }
  const arch = names.indexOf('arch');
  if (arch < 0) {
    const separator = /[;\t]/.exec(fields[0] ?? '')?.[0];
    throw new TableError(
      row,
      separator === undefined
        ? `a header with a column "arch" is expected, but found "${excerpt(fields.join(','))}".`
        : 'columns have to be separated by commas.',
    );
  }
  const accuracies = KNOWN.flatMap((column) => {
    const at = names.indexOf(column.key);
    return at < 0 ? [] : [{ column, at }];
  });
  if (accuracies.length === 0) {
    const known = KNOWN.map(({ key }) => key).join(', ');
    throw new TableError(row, `the header has no column of accuracies; known are ${known}.`);
  }
  const index = names.indexOf('index');
  return { width: names.length, arch, index: index < 0 ? null : index, accuracies };
}

/**
 * A line above the header; other comments are passed over.
 *
 * @throws TableError for a known key with a value that it cannot have.
 */
export function readStatement(before: Statement, line: string, row: number): Statement {
  const [, key, value = ''] = /^#\s*(\w+)\s*:\s*(.*)$/.exec(line) ?? [];
  switch (key) {
    case 'name':
      return { ...before, name: value.trim() };
    case 'cells':
      if (!/^\d{1,5}$/.test(value.trim())) {
        throw new TableError(row, `"cells" has to be a number, not "${excerpt(value)}".`);
      }
      return { ...before, cells: Number(value) };
    case 'folding': {
      const folding = value.trim();
      if (folding !== 'skip' && folding !== 'skip-and-none') {
        throw new TableError(
          row,
          `"folding" has to be skip or skip-and-none, not "${excerpt(value)}".`,
        );
      }
      return { ...before, folding };
    }
    default:
      return before;
  }
}

/** As much of a file's text as a message can carry. */
export function excerpt(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
