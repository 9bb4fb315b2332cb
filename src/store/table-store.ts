import type { ChangeSender } from './change';
import type { Connection } from './connection';
import { requireWhole, tableHead, type StoredTable, type TableHead } from './stored-table';

/** Tables of accuracies beside the runs. Each method is one transaction, as in the store. */
export class TableStore {
  readonly #connection: Connection;
  readonly #changes: ChangeSender;

  constructor(connection: Connection, changes: ChangeSender) {
    this.#connection = connection;
    this.#changes = changes;
  }

  /**
   * Keeps a table. One with the same numbers, whatever its name, is left as it is.
   *
   * @returns whether the numbers are new.
   */
  async put(table: StoredTable): Promise<boolean> {
    requireWhole(table);
    const added = await this.#connection.write(['tables'], async (tx) => {
      const tables = tx.objectStore('tables');
      if ((await tables.getKey(table.id)) !== undefined) return false;
      await tables.add(table);
      return true;
    });
    if (added) this.#changes.send('table', [table.id]);
    return added;
  }

  /** All of them, oldest first. */
  async readAll(): Promise<StoredTable[]> {
    const tables = await this.#connection.read(['tables'], (tx) =>
      tx.objectStore('tables').getAll(),
    );
    return tables.sort((a, b) => (a.addedAt < b.addedAt ? -1 : 1));
  }

  /** The same without their numbers. */
  async list(): Promise<TableHead[]> {
    return (await this.readAll()).map(tableHead);
  }

  /** Null when it is not here. */
  async read(id: string): Promise<StoredTable | null> {
    return this.#connection.read(
      ['tables'],
      async (tx) => (await tx.objectStore('tables').get(id)) ?? null,
    );
  }

  /** @returns the table, so that it can be put back; null when it was not here. */
  async remove(id: string): Promise<StoredTable | null> {
    const removed = await this.#connection.write(['tables'], async (tx) => {
      const table = (await tx.objectStore('tables').get(id)) ?? null;
      await tx.objectStore('tables').delete(id);
      return table;
    });
    if (removed !== null) this.#changes.send('table', [id]);
    return removed;
  }
}
