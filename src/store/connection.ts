import {
  openDB,
  type IDBPDatabase,
  type IDBPTransaction,
  type OpenDBCallbacks,
  type StoreNames,
} from 'idb';
import { StorageError, toStorageError } from './error';
import { upgrade, VERSION, type AlphascopeSchema } from './schema';

type Name = StoreNames<AlphascopeSchema>;
export type Reading = IDBPTransaction<AlphascopeSchema, Name[], 'readonly'>;
export type Writing = IDBPTransaction<AlphascopeSchema, Name[], 'readwrite'>;

/** What a page may want to say about its database. */
export interface ConnectionCallbacks {
  /** Opening waits for another tab with an older version to close. */
  readonly onBlocked?: () => void;
  /** This connection was closed for good to let a newer version in: a reload is needed. */
  readonly onSuperseded?: () => void;
  /** The browser cut the connection (data cleared, disk error). The next call opens a new one. */
  readonly onTerminated?: () => void;
}

/**
 * One connection to the database and the only two ways to use it: a read and a write transaction.
 * Both resolve only when the transaction is complete, because a failed commit (a full disk shows up
 * nowhere else) would otherwise pass for success.
 */
export class Connection {
  readonly #name: string;
  readonly #callbacks: ConnectionCallbacks;
  #database: Promise<IDBPDatabase<AlphascopeSchema>> | null = null;
  /** Why no call can succeed any more. */
  #end: StorageError | null = null;
  #readOnly = false;

  constructor(name: string, callbacks: ConnectionCallbacks) {
    this.#name = name;
    this.#callbacks = callbacks;
  }

  /** @throws StorageError */
  async open(): Promise<IDBPDatabase<AlphascopeSchema>> {
    if (this.#end !== null) throw this.#end;
    try {
      // Inside, because a browser that blocks storage may throw at once.
      this.#database ??= this.#connect();
      return await this.#database;
    } catch (error) {
      this.#database = null;
      throw toStorageError(error);
    }
  }

  /** A newer version of the app has written this database: it can be read, not changed. */
  get readOnly(): boolean {
    return this.#readOnly;
  }

  /** @throws StorageError */
  async read<Result>(names: Name[], body: (tx: Reading) => Promise<Result>): Promise<Result> {
    const database = await this.open();
    try {
      const tx = database.transaction(names, 'readonly');
      const [result] = await Promise.all([body(tx), tx.done]);
      return result;
    } catch (error) {
      throw toStorageError(error);
    }
  }

  /**
   * All of the body's changes or none. The body may await requests of this transaction only: it
   * would commit during any other wait.
   *
   * @throws StorageError also whatever the body throws, after the transaction was undone.
   */
  async write<Result>(names: Name[], body: (tx: Writing) => Promise<Result>): Promise<Result> {
    const database = await this.open();
    if (this.#readOnly) {
      throw new StorageError(
        'blocked',
        'A newer version of Alphascope has been used in this browser, so that nothing can be changed by this one. Reload this page to get it.',
      );
    }
    let tx: Writing;
    try {
      tx = database.transaction(names, 'readwrite', { durability: 'strict' });
    } catch (error) {
      throw toStorageError(error);
    }
    try {
      const [result] = await Promise.all([body(tx), tx.done]);
      return result;
    } catch (error) {
      await undo(tx);
      // A request that dies with its transaction only says AbortError; the transaction knows why.
      throw toStorageError(error instanceof StorageError ? error : (tx.error ?? error));
    }
  }

  close(): void {
    this.#finish(new StorageError('other', 'The store was closed.'));
  }

  async #connect(): Promise<IDBPDatabase<AlphascopeSchema>> {
    if (globalThis.indexedDB === undefined) {
      throw new StorageError('refused', 'This browser offers no storage (IndexedDB) to this page.');
    }
    const callbacks: OpenDBCallbacks<AlphascopeSchema> = {
      upgrade,
      blocked: () => this.#callbacks.onBlocked?.(),
      blocking: () => {
        this.#finish(
          new StorageError(
            'blocked',
            'Another tab opened a newer version of Alphascope. Reload this page to go on.',
          ),
        );
        this.#callbacks.onSuperseded?.();
      },
      terminated: () => {
        this.#database = null;
        this.#callbacks.onTerminated?.();
      },
    };
    try {
      return await openDB<AlphascopeSchema>(this.#name, VERSION, callbacks);
    } catch (error) {
      if (!(error instanceof DOMException && error.name === 'VersionError')) throw error;
      // Whatever version there is.
      const newer = await openDB<AlphascopeSchema>(this.#name, undefined, callbacks);
      this.#readOnly = true;
      return newer;
    }
  }

  /** Open transactions still complete: IndexedDB closes after them. */
  #finish(reason: StorageError): void {
    this.#end ??= reason;
    void this.#database?.then(
      (database) => database.close(),
      () => undefined,
    );
  }
}

async function undo(tx: Writing): Promise<void> {
  try {
    tx.abort();
  } catch {
    // It has ended already, which is what is wanted.
  }
  await tx.done.catch(() => undefined);
}
