import type { TestMemory } from '../engine/device';
import type { Store } from '../store/database';
import { StorageError } from '../store/error';
import { MemoryLog, type RunLog } from '../store/run-log';
import { storedTests } from './stored-tests';

/** Opens the store when it is first needed, and keeps it open until it fails. */
export class StoreGate {
  #store: Promise<Store> | null = null;
  readonly #memory = new MemoryLog();
  /** Of self-tests that a device has passed. */
  readonly tests: TestMemory;

  /**
   * @param openStore opens it anew
   * @param build version and commit of the app
   * @param unkept told why runs are kept in memory alone
   */
  constructor(
    private readonly openStore: () => Promise<Store>,
    build: string,
    private readonly unkept: (reason: string) => void,
  ) {
    this.tests = storedTests(
      build,
      () => this.open(),
      () => this.forget(),
    );
  }

  /** @throws StorageError */
  open(): Promise<Store> {
    this.#store ??= this.openStore();
    return this.#store;
  }

  /**
   * Where runs are kept: in memory where the browser keeps nothing.
   *
   * @throws StorageError `blocked` when a newer version of the app has the store: a reload helps, and
   * the runs in it are safe
   */
  async openLog(): Promise<RunLog> {
    try {
      return await this.open();
    } catch (error) {
      this.forget();
      if (!(error instanceof StorageError) || error.kind === 'blocked') throw error;
      this.unkept(error.message);
      return this.#memory;
    }
  }

  /** The next use opens it anew. */
  forget(): void {
    this.#store = null;
  }
}
