import { runDigest } from '../trace/digest';
import type { EpochRecord, RunEvent, RunHead, TraceRun } from '../trace/types';
import { validateHead, validateRecord, validateRun } from '../trace/validate';
import { without } from '../trace/without';
import { CellStore } from './cell-store';
import { ChangeSender, DATABASE_NAME } from './change';
import { storable, type Checkpoint } from './checkpoint';
import { Connection, type ConnectionCallbacks } from './connection';
import { refused } from './error';
import { exportedHead, patched, validateBranch, type HeadPatch } from './head';
import {
  epochsOf,
  getHead,
  giveCheckpoint,
  hasRun,
  putWhole,
  standingOf,
  takeWhole,
  type WholeRun,
} from './request';
import type { MetaValue, StoredHead } from './schema';
import { TableStore } from './table-store';
import { readUsage, type Usage } from './usage';

/** A row of the run table. */
export interface RunSummary extends StoredHead {
  /** It has a checkpoint here and epochs left to train. */
  readonly resumable: boolean;
}

/** Deleted runs, whole: keep it as long as the deletion may be undone. */
export interface DeletedRuns {
  readonly runs: readonly WholeRun[];
}

export interface ImportResult {
  /** Stored now. */
  readonly added: string[];
  /** Were here already, with the same numbers; left alone. */
  readonly known: string[];
  /** A run of this uid with other numbers is here; left alone. */
  readonly conflicting: string[];
  /** Of these, runs that have a checkpoint now and had none before. */
  readonly resumable: string[];
}

/** A run as exported, and what it can go on from. */
export interface RunWithCheckpoint {
  readonly run: TraceRun;
  /** Null when it is finished, or has none here. */
  readonly checkpoint: Checkpoint | null;
}

/**
 * Opens the store, creating it on first use.
 *
 * @param name other databases are for tests.
 * @throws StorageError
 */
export async function openStore(
  name = DATABASE_NAME,
  callbacks: ConnectionCallbacks = {},
): Promise<Store> {
  const connection = new Connection(name, callbacks);
  await connection.open();
  return new Store(connection, new ChangeSender(name));
}

/**
 * Every run with its records, events and latest checkpoint. Each method is one transaction: when its
 * promise resolves the change is on disk, when it rejects (always with a StorageError) nothing has
 * changed. All that is written is validated first, so all that is here can be exported.
 */
export class Store {
  readonly #connection: Connection;
  readonly #changes: ChangeSender;
  readonly cells: CellStore;
  readonly tables: TableStore;

  constructor(connection: Connection, changes: ChangeSender) {
    this.#connection = connection;
    this.#changes = changes;
    this.cells = new CellStore(connection, changes);
    this.tables = new TableStore(connection, changes);
  }

  /** A newer version of the app has written this store: every write is refused. */
  get readOnly(): boolean {
    return this.#connection.readOnly;
  }

  /**
   * A new run without records.
   *
   * @param checkpoint of epoch 0, so that a run cut off in its first epoch can be resumed, too.
   */
  async createRun(head: RunHead, checkpoint: Checkpoint | null = null): Promise<void> {
    await this.#connection.write(['runs', 'checkpoints'], async (tx) => {
      const valid = validateHead(head);
      if (await hasRun(tx, valid.uid)) throw refused(`Run ${valid.uid} exists already.`);
      await putWhole(tx, {
        head: { ...valid, epochCount: 0 },
        epochs: [],
        checkpoint: checkpoint && storable(checkpoint, valid.uid, 0),
      });
    });
    this.#changes.send('created', [head.uid]);
  }

  /**
   * A run that branches off from another: it is here with the epochs that both have in common.
   *
   * @param checkpoint after the last of them.
   */
  async createFork(
    head: RunHead,
    epochs: readonly EpochRecord[],
    checkpoint: Checkpoint,
  ): Promise<void> {
    await this.#connection.write(['runs', 'epochs', 'checkpoints'], async (tx) => {
      const valid = validateBranch(head, epochs);
      if (await hasRun(tx, valid.uid)) throw refused(`Run ${valid.uid} exists already.`);
      await putWhole(tx, {
        head: { ...valid, epochCount: epochs.length },
        epochs,
        checkpoint: storable(checkpoint, valid.uid, epochs.length),
      });
    });
    this.#changes.send('created', [head.uid]);
  }

  /**
   * The record of the run's next epoch, with its checkpoint and any change of the head, all or
   * nothing. Refused: an epoch that is stored already, one that leaves a gap, and a record that
   * breaks a rule of the trace format.
   *
   * @param checkpoint after this epoch; null keeps the earlier one. A run that is finished needs none,
   * and what it had goes.
   */
  async appendEpoch(
    uid: string,
    record: EpochRecord,
    checkpoint: Checkpoint | null,
    patch: HeadPatch = {},
  ): Promise<void> {
    await this.#connection.write(['runs', 'epochs', 'checkpoints'], async (tx) => {
      const stored = await getHead(tx, uid);
      const { epochCount } = stored;
      if (record.epoch <= epochCount) {
        throw refused(`Epoch ${record.epoch} of run ${uid} is stored already.`);
      }
      if (record.epoch > epochCount + 1) {
        throw refused(
          `Epoch ${record.epoch} of run ${uid} leaves a gap: the next one is ${epochCount + 1}.`,
        );
      }
      const head = patched(stored, patch);
      const valid = validateRecord(record, head, epochCount + 1);
      const kept = checkpoint && storable(checkpoint, uid, valid.epoch);
      // Nothing may throw from here on: a request left behind would reject unheard.
      await Promise.all([
        tx.objectStore('epochs').put(valid, [uid, valid.epoch]),
        tx.objectStore('runs').put({ ...head, epochCount: epochCount + 1 }),
        head.state === 'finished'
          ? tx.objectStore('checkpoints').delete(uid)
          : kept && tx.objectStore('checkpoints').put(kept),
      ]);
    });
    this.#changes.send('epoch', [uid]);
  }

  async updateHead(uid: string, patch: HeadPatch): Promise<void> {
    await this.#connection.write(['runs'], async (tx) => {
      await tx.objectStore('runs').put(patched(await getHead(tx, uid), patch));
    });
    this.#changes.send('head', [uid]);
  }

  async appendEvent(uid: string, event: RunEvent): Promise<void> {
    await this.updateHead(uid, { addEvents: [event] });
  }

  async renameRun(uid: string, name: string): Promise<void> {
    await this.updateHead(uid, { name });
  }

  /** Null when it is not here. */
  async readHead(uid: string): Promise<StoredHead | null> {
    return this.#connection.read(
      ['runs'],
      async (tx) => (await tx.objectStore('runs').get(uid)) ?? null,
    );
  }

  /** All runs, oldest first (creation, then uid, as in an export). */
  async listRuns(): Promise<RunSummary[]> {
    return this.#connection.read(['runs', 'checkpoints'], async (tx) => {
      const [heads, keys] = await Promise.all([
        tx.objectStore('runs').index('createdAt').getAll(),
        tx.objectStore('checkpoints').getAllKeys(),
      ]);
      const kept = new Set(keys);
      return heads.map((head) => {
        const { warmup, epochs } = head.config.effective;
        const open = head.state !== 'finished' && head.epochCount < warmup + epochs;
        return { ...head, resumable: kept.has(head.uid) && open };
      });
    });
  }

  /** The whole run as it would be exported, its digest computed anew; null when it is not here. */
  async readRun(uid: string): Promise<TraceRun | null> {
    const run = await this.#connection.read(['runs', 'epochs'], async (tx) => {
      const [stored, epochs] = await Promise.all([
        tx.objectStore('runs').get(uid),
        tx.objectStore('epochs').getAll(epochsOf(uid)),
      ]);
      return stored && { ...exportedHead(stored), epochs };
    });
    return run === undefined ? null : { ...run, digest: await runDigest(run) };
  }

  /** The same with its checkpoint, both of one moment. */
  async readWithCheckpoint(uid: string): Promise<RunWithCheckpoint | null> {
    const found = await this.#connection.read(['runs', 'epochs', 'checkpoints'], async (tx) => {
      const [stored, epochs, checkpoint] = await Promise.all([
        tx.objectStore('runs').get(uid),
        tx.objectStore('epochs').getAll(epochsOf(uid)),
        tx.objectStore('checkpoints').get(uid),
      ]);
      return stored && { run: { ...exportedHead(stored), epochs }, checkpoint };
    });
    if (found === undefined) return null;
    const { run, checkpoint } = found;
    return {
      run: { ...run, digest: await runDigest(run) },
      checkpoint: run.state === 'finished' ? null : (checkpoint ?? null),
    };
  }

  /** The records of a run in order; empty when it has none or is not here. */
  async readEpochs(uid: string): Promise<EpochRecord[]> {
    return this.#connection.read(['epochs'], (tx) =>
      tx.objectStore('epochs').getAll(epochsOf(uid)),
    );
  }

  /** The newest record of each of these runs, by uid; those without one are left out. */
  async readLastEpochs(uids: readonly string[]): Promise<Map<string, EpochRecord>> {
    return this.#connection.read(['epochs'], async (tx) => {
      const cursors = await Promise.all(
        uids.map((uid) => tx.objectStore('epochs').openCursor(epochsOf(uid), 'prev')),
      );
      return new Map(
        cursors.flatMap((cursor, at) => (cursor === null ? [] : [[uids[at]!, cursor.value]])),
      );
    });
  }

  async readCheckpoint(uid: string): Promise<Checkpoint | null> {
    return this.#connection.read(
      ['checkpoints'],
      async (tx) => (await tx.objectStore('checkpoints').get(uid)) ?? null,
    );
  }

  /**
   * Makes room by deleting a checkpoint: of a finished run, which an earlier version left behind, else
   * of the run that was created first. Its records stay; it cannot be continued any more.
   *
   * @param keep runs whose checkpoints stay.
   * @returns the run's name and seed in words; null when there was nothing to delete.
   */
  async thinCheckpoints(keep: ReadonlySet<string>): Promise<string | null> {
    const thinned = await this.#connection.write(['runs', 'checkpoints'], async (tx) => {
      const [heads, keys] = await Promise.all([
        tx.objectStore('runs').index('createdAt').getAll(),
        tx.objectStore('checkpoints').getAllKeys(),
      ]);
      const kept = new Set(keys);
      const thinnable = heads.filter(({ uid }) => kept.has(uid) && !keep.has(uid));
      const oldest = thinnable.find(({ state }) => state === 'finished') ?? thinnable[0];
      if (oldest !== undefined) await tx.objectStore('checkpoints').delete(oldest.uid);
      return oldest;
    });
    if (thinned === undefined) return null;
    this.#changes.send('head', [thinned.uid]);
    return `${thinned.name}, seed ${thinned.seed}`;
  }

  /**
   * Drops the records that are newer than the checkpoint, so that training can go on from it; the
   * epochs are computed again and come out the same.
   *
   * @returns the checkpoint.
   */
  async rewindToCheckpoint(uid: string): Promise<Checkpoint> {
    const checkpoint = await this.#connection.write(
      ['runs', 'epochs', 'checkpoints'],
      async (tx) => {
        const stored = await getHead(tx, uid);
        const kept = await tx.objectStore('checkpoints').get(uid);
        if (kept === undefined) throw refused(`Run ${uid} has no checkpoint in this browser.`);
        if (kept.epoch < stored.epochCount) {
          const newer = IDBKeyRange.bound([uid, kept.epoch], [uid, Infinity], true);
          await tx.objectStore('epochs').delete(newer);
          await tx.objectStore('runs').put({ ...stored, epochCount: kept.epoch });
        }
        return kept;
      },
    );
    this.#changes.send('epoch', [uid]);
    return checkpoint;
  }

  /** Deletes runs with all that belongs to them; uids that are not here are passed over. */
  async deleteRuns(uids: readonly string[]): Promise<DeletedRuns> {
    const taken = await this.#connection.write(['runs', 'epochs', 'checkpoints'], (tx) =>
      Promise.all([...new Set(uids)].map((uid) => takeWhole(tx, uid))),
    );
    const runs = taken.filter((run) => run !== null);
    this.#changes.send(
      'deleted',
      runs.map(({ head }) => head.uid),
    );
    return { runs };
  }

  /** Undoes a deletion. Refused as a whole when one of the runs has come back in the meantime. */
  async restoreRuns({ runs }: DeletedRuns): Promise<void> {
    await this.#connection.write(['runs', 'epochs', 'checkpoints'], async (tx) => {
      for (const run of runs) {
        const { uid } = run.head;
        if (await hasRun(tx, uid)) throw refused(`Run ${uid} is here again; nothing was restored.`);
        await putWhole(tx, run);
      }
    });
    this.#changes.send(
      'restored',
      runs.map(({ head }) => head.uid),
    );
  }

  /**
   * Stores runs from a file under their own uids and as they are, state and events included, so that
   * exporting them again gives the same bytes. What is here is never overwritten; a run that is here
   * without a checkpoint is given the file's.
   *
   * @param runs as `readImport` returns them: it checks the digests, this does not.
   * @param checkpoints of any of these runs
   */
  async importRuns(
    runs: readonly TraceRun[],
    checkpoints: readonly Checkpoint[] = [],
  ): Promise<ImportResult> {
    const result: ImportResult = { added: [], known: [], conflicting: [], resumable: [] };
    const given = new Map(checkpoints.map((one) => [one.uid, one]));
    await this.#connection.write(['runs', 'epochs', 'checkpoints'], async (tx) => {
      for (const [at, candidate] of runs.entries()) {
        const run = validateRun(candidate, ['runs', at]);
        const checkpoint = usable(given.get(run.uid), run);
        const standing = await standingOf(tx, run);
        result[standing].push(run.uid);
        if (standing === 'added') await putWhole(tx, wholeRun(run));
        if (checkpoint === null || standing === 'conflicting') continue;
        if (await giveCheckpoint(tx, checkpoint)) result.resumable.push(run.uid);
      }
    });
    this.#changes.send('imported', [...result.added, ...result.resumable]);
    return result;
  }

  /** A small note of the app itself; null when never written. */
  async readMeta(key: string): Promise<MetaValue | null> {
    return this.#connection.read(
      ['meta'],
      async (tx) => (await tx.objectStore('meta').get(key)) ?? null,
    );
  }

  async writeMeta(key: string, value: MetaValue): Promise<void> {
    await this.#connection.write(['meta'], (tx) => tx.objectStore('meta').put(value, key));
  }

  /** What the browser says about room and eviction. */
  usage(): Promise<Usage> {
    return readUsage();
  }

  /** Open transactions complete; later calls reject. */
  close(): void {
    this.#connection.close();
    this.#changes.close();
  }
}

function wholeRun({ epochs, ...run }: TraceRun): WholeRun {
  const head = { ...without(run, 'digest'), epochCount: epochs.length };
  return { head, epochs, checkpoint: null };
}

/** A checkpoint from which this run can go on. @throws StorageError when it is none */
function usable(checkpoint: Checkpoint | undefined, run: TraceRun): Checkpoint | null {
  if (checkpoint === undefined || run.state === 'finished') return null;
  if (checkpoint.epoch > run.epochs.length) {
    throw refused(`The checkpoint of run ${run.uid} is ahead of its records.`);
  }
  return storable(checkpoint, run.uid, checkpoint.epoch);
}
