import { canonicalJson } from '../trace/canonical';
import { validateResult } from '../trace/stand-alone';
import { without } from '../trace/without';
import type { ChangeSender } from './change';
import type { Connection } from './connection';
import {
  cellKey,
  storableCheckpoint,
  type CellCheckpoint,
  type CellKey,
  type StoredCell,
} from './stored-cell';

/** What came of results and checkpoints of a file. */
export interface CellImport {
  /** Results that are stored now. */
  readonly added: StoredCell[];
  /** Were here already, with the same numbers; left alone. */
  readonly known: StoredCell[];
  /** Of the same cell, configuration and seed other numbers are here; left alone. */
  readonly conflicting: StoredCell[];
  /** Checkpoints that are stored now. */
  readonly begun: CellCheckpoint[];
}

/** How far a training that is not done has come. */
export type CellProgress = Omit<CellCheckpoint, 'tensors'>;

/** Cells trained by themselves, beside the runs. Each method is one transaction, as in the store. */
export class CellStore {
  readonly #connection: Connection;
  readonly #changes: ChangeSender;

  constructor(connection: Connection, changes: ChangeSender) {
    this.#connection = connection;
    this.#changes = changes;
  }

  /** All results, oldest first. */
  async list(): Promise<StoredCell[]> {
    const cells = await this.#connection.read(['cells'], (tx) => tx.objectStore('cells').getAll());
    return cells.sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  }

  /** The result of this cell or of one isomorphic to it; null when there is none. */
  async find(key: CellKey): Promise<StoredCell | null> {
    return this.#connection.read(
      ['cells'],
      async (tx) => (await tx.objectStore('cells').get(key)) ?? null,
    );
  }

  /**
   * Keeps a result and drops its checkpoint. One that is here already is left as it is.
   *
   * @throws StorageError `refused` when it breaks a rule of its format
   */
  async put(result: StoredCell): Promise<void> {
    // Digests take a wait, during which a transaction would end.
    const valid = await validateResult(result);
    const key = cellKey(valid);
    await this.#connection.write(['cells', 'cellCheckpoints'], async (tx) => {
      const cells = tx.objectStore('cells');
      if ((await cells.getKey(key)) === undefined) await cells.add(valid, key);
      await tx.objectStore('cellCheckpoints').delete(key);
    });
    this.#changes.send('cell', [valid.arch]);
  }

  /**
   * Keeps results and checkpoints of a file. What is here is never overwritten.
   *
   * @throws StorageError `refused` when one breaks a rule of its format
   */
  async import(
    results: readonly StoredCell[],
    checkpoints: readonly CellCheckpoint[],
  ): Promise<CellImport> {
    const valid = await Promise.all(results.map((result) => validateResult(result)));
    const imported: CellImport = { added: [], known: [], conflicting: [], begun: [] };
    await this.#connection.write(['cells', 'cellCheckpoints'], async (tx) => {
      const cells = tx.objectStore('cells');
      const begun = tx.objectStore('cellCheckpoints');
      for (const result of valid) {
        const key = cellKey(result);
        const here = await cells.get(key);
        if (here !== undefined) {
          imported[sameNumbers(here, result) ? 'known' : 'conflicting'].push(result);
          continue;
        }
        await cells.add(result, key);
        await begun.delete(key);
        imported.added.push(result);
      }
      for (const checkpoint of checkpoints) {
        const kept = storableCheckpoint(checkpoint);
        const key = cellKey(kept);
        const [result, earlier] = await Promise.all([cells.getKey(key), begun.getKey(key)]);
        if (result !== undefined || earlier !== undefined) continue;
        await begun.add(kept, key);
        imported.begun.push(kept);
      }
    });
    const changed = [...imported.added, ...imported.begun];
    this.#changes.send(
      'cell',
      changed.map(({ arch }) => arch),
    );
    return imported;
  }

  /** Deletes results. @returns those that were here, for {@link restore} */
  async remove(results: readonly StoredCell[]): Promise<StoredCell[]> {
    const removed = await this.#connection.write(['cells'], async (tx) => {
      const cells = tx.objectStore('cells');
      const taken = await Promise.all(results.map((result) => cells.get(cellKey(result))));
      await Promise.all(results.map((result) => cells.delete(cellKey(result))));
      return taken.filter((cell) => cell !== undefined);
    });
    this.#changes.send(
      'cell',
      removed.map(({ arch }) => arch),
    );
    return removed;
  }

  /** Undoes a deletion; what has been measured again in the meantime stays. */
  async restore(results: readonly StoredCell[]): Promise<void> {
    await this.#connection.write(['cells'], async (tx) => {
      const cells = tx.objectStore('cells');
      for (const result of results) {
        const key = cellKey(result);
        if ((await cells.getKey(key)) === undefined) await cells.add(result, key);
      }
    });
    this.#changes.send(
      'cell',
      results.map(({ arch }) => arch),
    );
  }

  /** Keeps the state after an epoch together with the records of all epochs, in place of the last. */
  async putCheckpoint(checkpoint: CellCheckpoint): Promise<void> {
    await this.#connection.write(['cellCheckpoints'], async (tx) => {
      const kept = storableCheckpoint(checkpoint);
      await tx.objectStore('cellCheckpoints').put(kept, cellKey(kept));
    });
  }

  async readCheckpoint(key: CellKey): Promise<CellCheckpoint | null> {
    return this.#connection.read(
      ['cellCheckpoints'],
      async (tx) => (await tx.objectStore('cellCheckpoints').get(key)) ?? null,
    );
  }

  /** Of every training that was begun and is not done. */
  async listCheckpoints(): Promise<CellCheckpoint[]> {
    return this.#connection.read(['cellCheckpoints'], (tx) =>
      tx.objectStore('cellCheckpoints').getAll(),
    );
  }

  /** The same without what only training needs. */
  async listProgress(): Promise<CellProgress[]> {
    const kept = await this.listCheckpoints();
    return kept.map((checkpoint) => without(checkpoint, 'tensors'));
  }
}

/** Whether two results of a cell came out the same. */
function sameNumbers(a: StoredCell, b: StoredCell): boolean {
  const numbers = ({ epochs, testLoss, testAccuracy }: StoredCell) =>
    canonicalJson({ epochs, testLoss, testAccuracy });
  return numbers(a) === numbers(b);
}
