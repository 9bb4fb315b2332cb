import type { BenchRun } from '../../paper/claim/runs';
import type { RunSummary } from '../../store/database';
import { doFileJob } from '../files/run-job';
import type { RecordingEntry } from '../../trace/recordings';
import { loadExtract, recordingFile } from '../recording';
import { inTurn } from '../turns';
import { unpacked } from './bench-data';

/**
 * Alphas of the runs that the page has come to, kept while it is open: of stored runs as a worker has
 * read and checked them, of recordings from their extracts. A run that has grown is read again.
 */
export class LoadedRuns {
  readonly #database: string;
  readonly #folder: URL;
  /** Jobs by what they bring, begun or done. */
  readonly #jobs = new Map<string, Promise<void>>();

  /** Of the store, by uid. */
  own = $state.raw<ReadonlyMap<string, BenchRun>>(new Map());
  /** Of recordings, by file. */
  recorded = $state.raw<ReadonlyMap<string, readonly BenchRun[]>>(new Map());
  /** Jobs on their way. */
  pending = $state(0);
  /** What could not be read, and why. */
  problems = $state.raw<readonly string[]>([]);

  constructor(database: string, folder: URL) {
    this.#database = database;
    this.#folder = folder;
  }

  /** Brings these runs, as they are now. Resolves when all are here or have failed; never rejects. */
  async load(heads: readonly RunSummary[], entries: readonly RecordingEntry[]): Promise<void> {
    const fresh = heads.filter((head) => !this.#jobs.has(versionOf(head)));
    if (fresh.length > 0) {
      const job = this.#told('Stored runs', () => this.#loadOwn(fresh.map(({ uid }) => uid)));
      for (const head of fresh) this.#jobs.set(versionOf(head), job);
    }
    for (const entry of entries.filter(({ file }) => !this.#jobs.has(file))) {
      this.#jobs.set(
        entry.file,
        this.#told(entry.title, () => this.#loadRecorded(entry)),
      );
    }
    const keys = [...heads.map(versionOf), ...entries.map(({ file }) => file)];
    await Promise.all(keys.map((key) => this.#jobs.get(key)!));
  }

  /** The recordings that hold these runs, as far as they are not of the store. */
  filesOf(uids: readonly string[], entries: readonly RecordingEntry[]): Promise<File[]> {
    const missing = new Set(uids.filter((uid) => !this.own.has(uid)));
    const holding = entries.filter(({ file }) =>
      this.recorded.get(file)?.some(({ uid }) => missing.has(uid)),
    );
    return Promise.all(holding.map((entry) => recordingFile(this.#folder, entry)));
  }

  async #loadOwn(uids: readonly string[]): Promise<void> {
    const job = { type: 'bench', uids: [...uids], database: this.#database } as const;
    const runs = unpacked(await doFileJob(job));
    this.own = new Map([...this.own, ...runs.map((run) => [run.uid, run] as const)]);
  }

  async #loadRecorded(entry: RecordingEntry): Promise<void> {
    // Asking for twenty files at once takes as long as drawing a chart.
    await new Promise<void>(inTurn);
    const runs = await loadExtract(this.#folder, entry);
    this.recorded = new Map([...this.recorded, [entry.file, runs]]);
  }

  async #told(what: string, body: () => Promise<void>): Promise<void> {
    this.pending++;
    try {
      await body();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.problems = [...this.problems, `${what}: ${reason}`];
    } finally {
      this.pending--;
    }
  }
}

function versionOf({ uid, epochCount, state, toggles }: RunSummary): string {
  return [uid, epochCount, state, toggles.length].join(' ');
}
