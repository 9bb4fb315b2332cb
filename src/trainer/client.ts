import type {
  BackendChoice,
  BenchRequest,
  CellEstimate,
  CellOrder,
  Command,
  Estimate,
  FaultKind,
  Report,
  TrainSettings,
  VerifyReport,
  VerifyRequest,
} from './protocol';
import { inOwnWorker } from './own-worker';
import { Question } from './question';

export type OpenedReport = Extract<Report, { type: 'opened' }>;
export type BenchReport = Extract<Report, { type: 'bench' }>;

/** Longest silence that is still believed, in milliseconds. */
export interface Deadlines {
  /** From `open` to the backend's name: covers the download of the engine on a slow line. */
  readonly open: number;
  /** From `estimate` to its answer: covers the compilation of a first step. */
  readonly estimate: number;
  /** From `images` to its answer: covers the unpacking of the whole archive. */
  readonly images: number;
}

const DEADLINES: Deadlines = { open: 90_000, estimate: 180_000, images: 300_000 };

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

/** Starts the worker that trains. A static URL, so that the bundler finds it and a strict policy holds. */
export function spawnTrainer(): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'trainer' });
}

/**
 * The page's end of the trainer: sends commands, hands every report to its listeners, and turns the
 * questions of the protocol (`open`, the estimates, `images`) into promises.
 *
 * Contract: every promise settles. It rejects with a {@link TrainerError} when the worker dies, when
 * the deadline passes, or when a later question of the same kind replaces it. A worker that dies is
 * reported once as a `fault` of kind `worker` and is started anew by the next question or command.
 */
export class TrainerClient {
  readonly #spawn: () => Worker;
  readonly #deadlines: Deadlines;
  readonly #listeners = new Set<(report: Report) => void>();
  readonly #opening = new Question<OpenedReport>();
  readonly #estimating = new Question<Estimate>();
  readonly #estimatingCells = new Question<CellEstimate>();
  readonly #adopting = new Question<number>();
  #worker: Worker | null = null;
  /** Of the last estimates asked for; answers to earlier ones are dropped. */
  #estimateId = 0;
  #cellEstimateId = 0;
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
    const answer = this.#opening.ask(
      new TrainerError('superseded', 'Another backend was asked for.'),
      this.#deadlines.open,
      () => this.#fail('deadline', 'The trainer did not start in time.'),
    );
    this.send({ type: 'open', backend });
    return answer;
  }

  /** Asks for time and memory of one seed. */
  estimate(settings: TrainSettings): Promise<Estimate> {
    const id = ++this.#estimateId;
    const answer = this.#estimating.ask(
      new TrainerError('superseded', 'The settings changed meanwhile.'),
      this.#deadlines.estimate,
      () => this.#estimating.reject(new TrainerError('deadline', 'The measurement took too long.')),
    );
    this.send({ type: 'estimate', id, settings });
    return answer;
  }

  /** Asks for time and memory of an order of cells. */
  estimateCells(order: CellOrder): Promise<CellEstimate> {
    const id = ++this.#cellEstimateId;
    const answer = this.#estimatingCells.ask(
      new TrainerError('superseded', 'The cells changed meanwhile.'),
      this.#deadlines.estimate,
      () =>
        this.#estimatingCells.reject(
          new TrainerError('deadline', 'The measurement took too long.'),
        ),
    );
    this.send({ type: 'estimate-cells', id, ...order });
    return answer;
  }

  /**
   * Hands over the visitor's own copy of CIFAR-10; resolves with the bytes stored. Files that are
   * not CIFAR-10 reject with a {@link TrainerError} of kind `data` that says why.
   */
  adoptImages(files: readonly File[]): Promise<number> {
    const answer = this.#adopting.ask(
      new TrainerError('superseded', 'Other images were given meanwhile.'),
      this.#deadlines.images,
      () =>
        this.#adopting.reject(
          new TrainerError('deadline', 'The images could not be read in time.'),
        ),
    );
    this.send({ type: 'images', files: [...files] });
    return answer;
  }

  /**
   * Measures steps in a worker of its own: nothing else lies in its memory, and it ends with the
   * benchmark, which gives the memory back.
   *
   * @param signal stops it at once; the promise then rejects with kind `superseded`
   */
  bench(
    request: BenchRequest,
    onProgress: (text: string) => void,
    signal: AbortSignal,
  ): Promise<BenchReport> {
    const command: Command = { type: 'bench', ...request };
    return inOwnWorker<Report, BenchReport>(
      this.#spawn(),
      command,
      (report, { done, fail }) => {
        if (report.type === 'bench') done(report);
        else if (report.type === 'bench-progress') onProgress(report.text);
        else if (report.type === 'fault') fail(new TrainerError(report.kind, report.message));
      },
      (detail) => new TrainerError('worker', `The benchmark broke off: ${detail}.`),
      stopping(signal, 'The benchmark was stopped.'),
    );
  }

  /**
   * Trains first epochs of runs again, in a worker of its own, and compares. What comes of each run
   * is told to `hear`; the promise resolves when all were tried.
   *
   * @param signal stops it at once; the promise then rejects with kind `superseded`
   */
  verify(
    request: Omit<VerifyRequest, 'type'>,
    hear: (report: VerifyReport) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const command: VerifyRequest = { type: 'verify', ...request };
    return inOwnWorker<VerifyReport, void>(
      this.#spawn(),
      command,
      (report, { done, fail }) => {
        hear(report);
        if (report.type === 'verify-end') done();
        else if (report.type === 'verify-fault') fail(new TrainerError('config', report.message));
      },
      (detail) => new TrainerError('worker', `The comparison broke off: ${detail}.`),
      stopping(signal, 'The comparison was stopped.'),
    );
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

  /** Ends a worker that does not answer, and tells of it as if it had died. */
  giveUp(reason: string): void {
    this.#fail('deadline', reason);
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
    switch (report.type) {
      case 'opened':
        this.#opening.resolve(report);
        break;
      case 'fault':
        this.#opening.reject(new TrainerError(report.kind, report.message));
        break;
      case 'estimate':
        if (report.estimate.id === this.#estimateId) this.#estimating.resolve(report.estimate);
        break;
      case 'estimate-cells':
        if (report.estimate.id === this.#cellEstimateId) {
          this.#estimatingCells.resolve(report.estimate);
        }
        break;
      case 'images':
        if (report.refusal === null) this.#adopting.resolve(report.stored);
        else this.#adopting.reject(new TrainerError('data', report.refusal));
        break;
      default:
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
    this.#opening.reject(error);
    this.#estimating.reject(error);
    this.#estimatingCells.reject(error);
    this.#adopting.reject(error);
  }

  #tell(report: Report): void {
    for (const listener of [...this.#listeners]) listener(report);
  }
}

/** A signal that carries a {@link TrainerError} for its reason. */
function stopping(signal: AbortSignal, message: string): AbortSignal {
  const abort = new AbortController();
  signal.addEventListener('abort', () => abort.abort(new TrainerError('superseded', message)));
  return abort.signal;
}
