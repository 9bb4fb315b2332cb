import { CELL_COUNT } from '../paper/benchmark-index';
import type { TableContent } from '../paper/table/table';
import { without } from '../trace/without';
import { refused } from './error';

/** A table of accuracies without its numbers: a row of the list. */
export interface TableHead extends Omit<TableContent, 'values'> {
  /** Digest of the numbers and of what they measure: equal content is kept once. */
  readonly id: string;
  /** Name of the file that it came from. */
  readonly source: string;
  /** ISO 8601, UTC. */
  readonly addedAt: string;
}

export interface StoredTable extends TableHead, TableContent {}

/** @throws StorageError `refused` when the numbers could not be looked up by cell. */
export function requireWhole({ name, columns, values, oneShot }: StoredTable): void {
  const cells = oneShot?.forms.length ?? CELL_COUNT;
  const fits = values.length === columns.length && values.length > 0;
  if (!fits || values.some((column) => column.length !== cells)) {
    throw refused(`Table ${name} does not have a value for every cell.`);
  }
}

export function tableHead(table: StoredTable): TableHead {
  return without(table, 'values');
}
