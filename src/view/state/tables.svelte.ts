import { lookupOf, usualColumn, type Lookup } from '../../paper/table/lookup';
import type { DataSet, Split, TableColumn } from '../../paper/table/table';
import { onStoreChange } from '../../store/change';
import type { StoredTable, TableHead } from '../../store/stored-table';
import { doFileJob } from '../files/run-job';
import { count } from '../format';
import type { Library } from './library.svelte';
import type { Notices } from './notices.svelte';
import type { Toasts } from './toasts.svelte';

/** Under which the choice is kept in the store. */
const CHOICE = 'accuracy-table';

/** The page's parts that tables act on. */
interface Parts {
  readonly library: Library;
  readonly toasts: Toasts;
  readonly notices: Notices;
}

/**
 * Tables of accuracies in this browser, and the column that gives every cell on the page its
 * accuracy. Runs do not hold accuracies: each is looked up where it is shown.
 */
export class Tables {
  readonly #page: Parts;
  readonly #stopListening: () => void;
  /** The last of the changes of state, which take place one after the other. */
  #last: Promise<void> = Promise.resolve();

  heads = $state.raw<readonly TableHead[]>([]);
  /** False until the store was asked for tables. */
  loaded = $state(false);
  /** A file is being read. */
  busy = $state(false);
  #table = $state.raw<StoredTable | null>(null);
  #key = $state<TableColumn['key']>('');

  /** The table in use. */
  readonly current: TableHead | null = $derived(this.#table);
  /** What accuracies are looked up in; null without a table. */
  readonly lookup: Lookup | null = $derived(
    this.#table === null ? null : lookupOf(this.#table, this.#key),
  );

  constructor(page: Parts) {
    this.#page = page;
    this.#stopListening = onStoreChange(({ kind }) => {
      if (kind === 'table') void this.refresh();
    }, page.library.database);
  }

  /** Another column of the table in use; null where it has none. */
  columnOf(dataSet: DataSet, split: Split): Lookup | null {
    const column = this.#table?.columns.find(
      (one) => one.dataSet === dataSet && one.split === split,
    );
    return column === undefined ? null : lookupOf(this.#table!, column.key);
  }

  /** Reads the list, and the table that was chosen last. Never rejects. */
  async refresh(): Promise<void> {
    try {
      await this.#inTurn(() => this.#read());
    } catch {
      // Without a store there are no tables; the library says so.
    } finally {
      this.loaded = true;
    }
  }

  async choose(id: string, key: TableColumn['key'] = this.#key): Promise<void> {
    await this.#try('The table could not be chosen', () => this.#show(id, key));
  }

  /** Imports files one by one and uses the last good one; a bad one leaves all as it was. */
  async import(files: readonly File[]): Promise<void> {
    if (files.length === 0) return;
    const problems: string[] = [];
    this.busy = true;
    for (const file of files) {
      try {
        const { database } = this.#page.library;
        const { head, added } = await doFileJob({ type: 'import-table', file, database });
        await this.#inTurn(() => this.#show(head.id));
        this.#page.toasts.show(
          added
            ? `Imported ${head.name}: ${count(head.cells, 'cell')}.`
            : `${this.current?.name ?? head.name} has the same numbers and is here already.`,
        );
      } catch (error) {
        problems.push(`${file.name}: ${reasonOf(error)}`);
      }
    }
    this.busy = false;
    if (problems.length === 0) this.#page.notices.clear('table');
    else this.#page.notices.show('table', 'Not a table of accuracies', problems);
  }

  /** Removes a table and offers the way back. */
  async remove(id: string): Promise<void> {
    await this.#try('The table could not be removed', async () => {
      const store = await this.#page.library.store();
      const removed = await store.tables.remove(id);
      await this.#read();
      if (removed === null) return;
      this.#page.toasts.show(`Removed ${removed.name}.`, {
        label: 'Undo',
        run: () =>
          void this.#try('The table is still removed', async () => {
            await store.tables.put(removed);
            await this.#show(removed.id);
          }),
      });
    });
  }

  close(): void {
    this.#stopListening();
  }

  async #read(): Promise<void> {
    const store = await this.#page.library.store();
    this.heads = await store.tables.list();
    const [id = '', key = ''] = String((await store.readMeta(CHOICE)) ?? '').split(' ');
    await this.#use(id, key);
  }

  /** Uses a table and remembers that. */
  async #show(id: string, key = this.#key): Promise<void> {
    const store = await this.#page.library.store();
    this.heads = await store.tables.list();
    await this.#use(id, key);
    if (this.#table !== null) await store.writeMeta(CHOICE, `${this.#table.id} ${this.#key}`);
  }

  /** The youngest table where there is none of this id, its usual column where it lacks this one. */
  async #use(id: string, key: TableColumn['key']): Promise<void> {
    const head = this.heads.find((one) => one.id === id) ?? this.heads.at(-1);
    const same = head !== undefined && head.id === this.#table?.id;
    const store = await this.#page.library.store();
    const table = same ? this.#table : head === undefined ? null : await store.tables.read(head.id);
    const has = table?.columns.some((column) => column.key === key) === true;
    this.#key = table === null || has ? key : usualColumn(table);
    this.#table = table;
  }

  /** News of the store comes at any time and must not undo what is being done. */
  #inTurn(action: () => Promise<void>): Promise<void> {
    const turn = this.#last.then(action);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #try(title: string, action: () => Promise<void>): Promise<void> {
    try {
      await this.#inTurn(action);
      this.#page.notices.clear('table');
    } catch (error) {
      this.#page.notices.show('table', title, [reasonOf(error)]);
    }
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
