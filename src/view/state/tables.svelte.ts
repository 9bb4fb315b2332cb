import { whyUnfit, type UnfitTable } from '../../paper/accuracy-table';
import { CELL_SPACE_KEYS, type SpaceKey } from '../../paper/space/space';
import { lookupOf, usualColumn, type Lookup } from '../../paper/table/lookup';
import type { DataSet, Split, TableColumn, TableContent } from '../../paper/table/table';
import { onStoreChange } from '../../store/change';
import type { StoredTable, TableHead } from '../../store/stored-table';
import { fetchFile } from '../files/fetch-file';
import { doFileJob } from '../files/run-job';
import { count } from '../format';
import type { Library } from './library.svelte';
import type { Notices } from './notices.svelte';
import type { Toasts } from './toasts.svelte';

const CHOICE = 'accuracy-table';
/** What `npm run scaled-table` made; in use until another table is chosen. */
export const SHIPPED_TABLES: readonly URL[] = __TABLES__.map(
  (name) => new URL(`tables/${name}`, document.baseURI),
);

/** The page's parts that tables act on. */
interface Parts {
  readonly library: Library;
  readonly toasts: Toasts;
  readonly notices: Notices;
}

/** A table in use, and its column. */
interface Shown {
  readonly table: StoredTable;
  readonly key: TableColumn['key'];
}

/**
 * Tables of accuracies in this browser, of every search space one in use, and its column that gives the
 * space's cells on the page their accuracy. Runs do not hold accuracies: each is looked up where it is
 * shown.
 */
export class Tables {
  readonly #page: Parts;
  readonly #ships: readonly URL[];
  readonly #stopListening: () => void;
  /** The last of the changes of state, which take place one after the other. */
  #last: Promise<void> = Promise.resolve();

  #stored = $state.raw<readonly TableHead[]>([]);
  /** Those that ship with the page. */
  #shipped = $state.raw<readonly StoredTable[]>([]);
  /** All that can be chosen, oldest first. */
  readonly heads: readonly TableHead[] = $derived([...this.#shipped, ...this.#stored]);
  /** False until the store was asked for tables. */
  loaded = $state(false);
  /** A file is being read. */
  busy = $state(false);
  #shown = $state.raw<ReadonlyMap<SpaceKey, Shown>>(new Map());
  readonly #lookups: ReadonlyMap<SpaceKey, Lookup> = $derived(
    new Map([...this.#shown].map(([space, { table, key }]) => [space, lookupOf(table, key)])),
  );
  /** What accuracies of NAS-Bench-201 cells are looked up in; null without a table. */
  readonly lookup: Lookup | null = $derived(this.of('nas-bench-201'));
  /** The NAS-Bench-201 table in use, with all of its columns. */
  readonly content: TableContent | null = $derived(this.#shown.get('nas-bench-201')?.table ?? null);
  /**
   * What claims are not judged with: a table of our own whose margin M is no larger than the difference of
   * two seeds (docs/protocol.md, amendment 1).
   */
  readonly unfit: readonly UnfitTable[] = $derived(
    [...this.#lookups.values()].flatMap(({ name, space }) => {
      const why = this.whyUnfit(space);
      return why === null ? [] : [{ name, space, why }];
    }),
  );
  /** What claims are judged with, of a space one at most. */
  readonly judging: readonly Lookup[] = $derived(
    [...this.#lookups.values()].filter((lookup) =>
      this.unfit.every(({ space }) => space !== lookup.space),
    ),
  );

  /** @param ships addresses of the tables that ship with the page */
  constructor(page: Parts, ships: readonly URL[]) {
    this.#page = page;
    this.#ships = ships;
    this.#stopListening = onStoreChange(({ kind }) => {
      if (kind === 'table') void this.refresh();
    }, page.library.database);
  }

  /** What accuracies of a space's cells are looked up in; null without a table. */
  of(space: SpaceKey): Lookup | null {
    return this.#lookups.get(space) ?? null;
  }

  /** A space's table in use. */
  current(space: SpaceKey): TableHead | null {
    return this.#shown.get(space)?.table ?? null;
  }

  /** Why claims are not judged with a space's table in use, as a clause; null when they are. */
  whyUnfit(space: SpaceKey): string | null {
    const trained = this.#shown.get(space)?.table.trained;
    return trained === undefined ? null : whyUnfit(this.#lookups.get(space)!, trained.noise);
  }

  /** Tables of a space, oldest first. */
  headsOf(space: SpaceKey): readonly TableHead[] {
    return this.heads.filter((head) => spaceOfTable(head) === space);
  }

  /** Another column of the NAS-Bench-201 table in use; null where it has none. */
  columnOf(dataSet: DataSet, split: Split): Lookup | null {
    const table = this.#shown.get('nas-bench-201')?.table;
    const column = table?.columns.find((one) => one.dataSet === dataSet && one.split === split);
    return column === undefined ? null : lookupOf(table!, column.key);
  }

  /** Whether a table ships with the page and cannot be removed. */
  isShipped({ id }: TableHead): boolean {
    return this.#shipped.some((table) => table.id === id);
  }

  /** Fetches the tables that ship with the page, then reads those of the store. Never rejects. */
  async start(): Promise<void> {
    const problems: string[] = [];
    const read = this.#ships.map(async (url) => {
      try {
        const answer = await fetchFile(url);
        if (answer === null) return [];
        const file = new File([await answer.arrayBuffer()], 'table.json.gz');
        return [await doFileJob({ type: 'shipped-table', file })];
      } catch (error) {
        problems.push(reasonOf(error));
        return [];
      }
    });
    this.#shipped = (await Promise.all(read)).flat();
    if (problems.length > 0) {
      const title = 'A table that ships with the page cannot be read';
      this.#page.notices.show('table', title, problems);
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

  async choose(id: string, key?: TableColumn['key']): Promise<void> {
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
            : `${this.current(spaceOfTable(head))?.name ?? head.name} has the same numbers and is here already.`,
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
    for (const space of CELL_SPACE_KEYS) {
      const { id, key } = await this.#choice(space);
      await this.#use(space, id, key);
    }
  }

  /** Uses a table and remembers that. */
  async #show(id: string, key?: TableColumn['key']): Promise<void> {
    const store = await this.#page.library.store();
    this.#stored = await store.tables.list();
    const head = this.heads.find((one) => one.id === id);
    if (head === undefined) return;
    const space = spaceOfTable(head);
    await this.#use(space, id, key ?? (await this.#choice(space)).key);
    const shown = this.#shown.get(space);
    if (shown) await store.writeMeta(choiceOf(space), `${shown.table.id} ${shown.key}`);
  }

  /** What was chosen last, though it may be gone. */
  async #choice(space: SpaceKey): Promise<{ id: string; key: string }> {
    const store = await this.#page.library.store();
    const choice = await store.readMeta(choiceOf(space));
    const [id = '', key = ''] = typeof choice === 'string' ? choice.split(' ') : [];
    return { id, key };
  }

  /**
   * The youngest table of the space where there is none of this id, its usual column where it lacks this
   * one.
   */
  async #use(space: SpaceKey, id: string, key: TableColumn['key']): Promise<void> {
    const heads = this.headsOf(space);
    const head = heads.find((one) => one.id === id) ?? heads.at(-1);
    const table = head === undefined ? null : await this.#content(space, head.id);
    const shown = new Map(this.#shown);
    if (table === null) shown.delete(space);
    else {
      const has = table.columns.some((column) => column.key === key);
      shown.set(space, { table, key: has ? key : usualColumn(table) });
    }
    this.#shown = shown;
  }

  async #content(space: SpaceKey, id: string): Promise<StoredTable | null> {
    const here = this.#shown.get(space)?.table;
    if (id === here?.id) return here;
    const shipped = this.#shipped.find((table) => table.id === id);
    if (shipped) return shipped;
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

function spaceOfTable({ oneShot }: Pick<TableHead, 'oneShot'>): SpaceKey {
  return oneShot?.space ?? 'nas-bench-201';
}

/** Under which the choice of a space's table is kept in the store. */
function choiceOf(space: SpaceKey): string {
  return space === 'nas-bench-201' ? CHOICE : `${CHOICE} ${space}`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
