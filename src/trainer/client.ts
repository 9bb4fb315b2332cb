import type { Settings } from '../paper/config';
import type { BackendChoice, Command, Estimate, FaultKind, Report } from './protocol';

export type OpenedReport = Extract<Report, { type: 'opened' }>;

/** Longest silence that is still believed, in milliseconds. */
export interface Deadlines {
  /** From `open` to the backend's name: covers the download of the engine on a slow line. */
  readonly open: number;
  /** From `estimate` to its answer: covers the compilation of a first step. */
  readonly estimate: number;
}

const DEADLINES: Deadlines = { open: 90_000, estimate: 180_000 };

/** A trainer that cannot answer any more, or a request that a later one replaced. */
export class TrainerError extends Error {
  override readonly name = 'TrainerError';

  constructor(
    readonly kind: FaultKind | 'superseded' | 'deadline',
    message: string,
  ) {
    super(message);
  }
}

interface Waiting<T> {
  readonly resolve: (value: T) => void;
  readonly reject: (error: TrainerError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** Starts the worker that trains. A static URL, so that the bundler finds it and a strict policy holds. */
export function spawnTrainer(): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'trainer' });
}

/**
 * The page's end of the trainer: sends commands, hands every report to its listeners, and turns the
 * two questions of the protocol (`open`, `estimate`) into promises.
 *
 * Contract: every promise settles. It rejects with a {@link TrainerError} when the worker dies, when
 * the deadline passes, or when a later question of the same kind replaces it. A worker that dies is
 * reported once as a `fault` of kind `worker` and is started anew by the next question or command.
 */
export class TrainerClient {
  readonly #spawn: () => Worker;
  readonly #deadlines: Deadlines;
  readonly #listeners = new Set<(report: Report) => void>();
  readonly #estimates = new Map<number, Waiting<Estimate>>();
  #opening: Waiting<OpenedReport> | null = null;
  #worker: Worker | null = null;
  #nextId = 1;
  #heardAt = 0;

  constructor(spawn: () => Worker = spawnTrainer, deadlines: Partial<Deadlines> = {}) {
    this.#spawn = spawn;
    this.#deadlines = { ...DEADLINES, ...deadlines };
  }

  /** Whether a worker is held now. */
  get alive(): boolean {
    return this.#worker !== null;
  }

  /** Milliseconds since the worker last said anything; 0 when there is none. */
  get silence(): number {
    return this.#worker === null ? 0 : performance.now() - this.#heardAt;
  }

  /** Calls `listener` with every report until the returned function is called. */
  onReport(listener: (report: Report) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Chooses a backend; resolves with the one that runs and why. */
  open(backend: BackendChoice): Promise<OpenedReport> {
    this.#settleOpening((waiting) =>
      waiting.reject(new TrainerError('superseded', 'Another backend was asked for.')),
    );
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#fail('deadline', 'The trainer did not start in time.');
      }, this.#deadlines.open);
      this.#opening = { resolve, reject, timer };
      this.send({ type: 'open', backend });
    });
  }

  /** Asks for time and memory of one seed; a later call replaces an unanswered one. */
  estimate(settings: Settings): Promise<Estimate> {
    this.#rejectEstimates(new TrainerError('superseded', 'The settings changed meanwhile.'));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#estimates.delete(id);
        reject(new TrainerError('deadline', 'The measurement took too long.'));
      }, this.#deadlines.estimate);
      this.#estimates.set(id, { resolve, reject, timer });
      this.send({ type: 'estimate', id, settings });
    });
  }

  /** Sends a command; starts a worker if there is none. */
  send(command: Command): void {
    this.#ensure().postMessage(command);
  }

  /** Ends the worker at once. What it had not stored yet is lost; the next command starts another. */
  close(reason = 'The trainer was closed.'): void {
    this.#drop();
    this.#rejectAll(new TrainerError('worker', reason));
  }

  #ensure(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = this.#spawn();
    this.#worker = worker;
    this.#heardAt = performance.now();
    worker.addEventListener('message', (event: MessageEvent<Report>) => {
      if (worker === this.#worker) this.#receive(event.data);
    });
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      // A failed load has no message: the browser tells nothing beyond the fact.
      const detail = event.message || 'its script could not be loaded';
      if (worker === this.#worker) this.#fail('worker', `The trainer stopped: ${detail}.`);
    });
    worker.addEventListener('messageerror', () => {
      if (worker === this.#worker) this.#fail('worker', 'The trainer sent an unreadable message.');
    });
    return worker;
  }

  #receive(report: Report): void {
    this.#heardAt = performance.now();
    if (report.type === 'opened') this.#settleOpening((waiting) => waiting.resolve(report));
    if (report.type === 'fault' && this.#opening !== null) {
      const error = new TrainerError(report.kind, report.message);
      this.#settleOpening((waiting) => waiting.reject(error));
    }
    if (report.type === 'estimate') {
      const waiting = this.#estimates.get(report.estimate.id);
      if (waiting !== undefined) {
        clearTimeout(waiting.timer);
        this.#estimates.delete(report.estimate.id);
        waiting.resolve(report.estimate);
      }
    }
    this.#tell(report);
  }

  #fail(kind: 'worker' | 'deadline', message: string): void {
    this.#drop();
    this.#rejectAll(new TrainerError(kind, message));
    this.#tell({ type: 'fault', kind: 'worker', message, uid: null });
  }

  #drop(): void {
    this.#worker?.terminate();
    this.#worker = null;
  }

  #rejectAll(error: TrainerError): void {
    this.#settleOpening((waiting) => waiting.reject(error));
    this.#rejectEstimates(error);
  }

  #rejectEstimates(error: TrainerError): void {
    for (const waiting of this.#estimates.values()) {
      clearTimeout(waiting.timer);
      waiting.reject(error);
    }
    this.#estimates.clear();
  }

  #settleOpening(settle: (waiting: Waiting<OpenedReport>) => void): void {
    const waiting = this.#opening;
    if (waiting === null) return;
    this.#opening = null;
    clearTimeout(waiting.timer);
    settle(waiting);
  }

  #tell(report: Report): void {
    for (const listener of [...this.#listeners]) listener(report);
  }
}
