import { canJudge } from '../../paper/accuracy-table';
import { lookupOf, usualColumn, type Lookup } from '../../paper/table/lookup';
import type { DataSet, Split, TableColumn, TableContent } from '../../paper/table/table';
import { onStoreChange } from '../../store/change';
import type { StoredTable, TableHead } from '../../store/stored-table';
import { fetchFile } from '../files/fetch-file';
import type { ShippedTable } from '../files/job';
import { doFileJob } from '../files/run-job';
import { count } from '../format';
import type { Library } from './library.svelte';
import type { Notices } from './notices.svelte';
import type { Toasts } from './toasts.svelte';

/** Under which the choice is kept in the store. */
const CHOICE = 'accuracy-table';
/** What `npm run scaled-table` made; in use until another table is chosen. */
export const SHIPPED_TABLE = new URL('tables/scaled-bench.json.gz', document.baseURI);

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
  readonly #ships: URL | null;
  readonly #stopListening: () => void;
  /** The last of the changes of state, which take place one after the other. */
  #last: Promise<void> = Promise.resolve();

  #stored = $state.raw<readonly TableHead[]>([]);
  /** The table that ships with the page; null where none does. */
  shipped = $state.raw<ShippedTable | null>(null);
  /** All that can be chosen, oldest first. */
  readonly heads: readonly TableHead[] = $derived(
    this.shipped === null ? this.#stored : [this.shipped.table, ...this.#stored],
  );
  /** False until the store was asked for tables. */
  loaded = $state(false);
  /** A file is being read. */
  busy = $state(false);
  #table = $state.raw<StoredTable | null>(null);
  #key = $state<TableColumn['key']>('');

  /** The table in use. */
  readonly current: TableHead | null = $derived(this.#table);
  /** All of its columns. */
  readonly content: TableContent | null = $derived(this.#table);
  /** What accuracies are looked up in; null without a table. */
  readonly lookup: Lookup | null = $derived(
    this.#table === null ? null : lookupOf(this.#table, this.#key),
  );

  /** @param ships address of the table that ships with the page; null for none */
  constructor(page: Parts, ships: URL | null) {
    this.#page = page;
    this.#ships = ships;
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

  /**
   * What claims are judged with: not with a table whose margin M is no larger than the difference of
   * two seeds (docs/protocol.md, amendment 1).
   */
  readonly judging: Lookup | null = $derived.by(() => {
    if (this.lookup === null || !this.isShipped) return this.lookup;
    return canJudge(this.lookup, this.shipped!.noise) ? this.lookup : null;
  });

  /** Whether the table in use ships with the page and cannot be removed. */
  readonly isShipped: boolean = $derived(
    this.#table !== null && this.#table.id === this.shipped?.table.id,
  );

  /** Fetches the table that ships with the page, then reads those of the store. Never rejects. */
  async start(): Promise<void> {
    try {
      const answer = this.#ships === null ? null : await fetchFile(this.#ships);
      if (answer !== null) {
        const file = new File([await answer.arrayBuffer()], 'scaled-bench.json.gz');
        this.shipped = await doFileJob({ type: 'shipped-table', file });
      }
    } catch (error) {
      this.#page.notices.show('table', 'The table that ships with the page cannot be read', [
        reasonOf(error),
      ]);
    }
    await this.refresh();
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
    this.#stored = await store.tables.list();
    const choice = await store.readMeta(CHOICE);
    const [id = '', key = ''] = typeof choice === 'string' ? choice.split(' ') : [];
    await this.#use(id, key);
  }

  /** Uses a table and remembers that. */
  async #show(id: string, key = this.#key): Promise<void> {
    const store = await this.#page.library.store();
    this.#stored = await store.tables.list();
    await this.#use(id, key);
    if (this.#table !== null) await store.writeMeta(CHOICE, `${this.#table.id} ${this.#key}`);
  }

  /** The youngest table where there is none of this id, its usual column where it lacks this one. */
  async #use(id: string, key: TableColumn['key']): Promise<void> {
    const head = this.heads.find((one) => one.id === id) ?? this.heads.at(-1);
    const table = head === undefined ? null : await this.#content(head.id);
    const has = table?.columns.some((column) => column.key === key) === true;
    this.#key = table === null || has ? key : usualColumn(table);
    this.#table = table;
  }

  async #content(id: string): Promise<StoredTable | null> {
    if (id === this.#table?.id) return this.#table;
    if (id === this.shipped?.table.id) return this.shipped.table;
    return (await this.#page.library.store()).tables.read(id);
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
