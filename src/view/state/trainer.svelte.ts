import type { LiveChange } from '../../trace/types';
import type { OpenedReport, TrainerClient } from '../../trainer/client';
import { TrainerError } from '../../trainer/client';
import {
  IDLE,
  type BackendChoice,
  type CellEstimate,
  type CellOrder,
  type Estimate,
  type FaultKind,
  type ForkRequest,
  type Holder,
  type Report,
  type Status,
  type TrainSettings,
} from '../../trainer/protocol';

export interface Fault {
  readonly kind: FaultKind;
  readonly message: string;
  readonly uid: string | null;
}

/** What is known about the cost of the settings on screen. */
export type Cost =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'measuring' }
  | { readonly kind: 'known'; readonly settings: TrainSettings; readonly estimate: Estimate }
  | { readonly kind: 'failed'; readonly message: string };

/** Settings are measured after they have rested this long, in milliseconds. */
const REST = 600;
/** Silence from a training worker that is worth telling about, in milliseconds. */
const QUIET = 12_000;
/** How often to listen for it. */
const LISTEN_EVERY = 2_000;

/**
 * What the trainer does, as the page sees it: its status, its backend, its last fault, and the cost
 * of the settings on screen. Reports about runs go on to the library.
 */
export class Trainer {
  readonly #client: TrainerClient;
  #settings: TrainSettings | null = null;
  #measured: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  /** The choice that was opened, so that a new worker or a new choice is opened before use. */
  #openFor: BackendChoice | null = null;
  #opening: Promise<boolean> | null = null;
  /** From the order to train until the worker has taken it up. */
  #starting = false;
  /** Nothing is measured, because something else is. */
  held = $state(false);
  #measuring: Promise<void> = Promise.resolve();

  status = $state.raw<Status>(IDLE);
  backend = $state<BackendChoice>('auto');
  opened = $state.raw<OpenedReport | null>(null);
  fault = $state.raw<Fault | null>(null);
  cost = $state.raw<Cost>({ kind: 'unknown' });
  /** Seconds without a word from a worker that should be training; 0 while it talks. */
  quiet = $state(0);

  readonly busy = $derived(
    this.status.state === 'preparing' ||
      this.status.state === 'training' ||
      this.status.state === 'paused',
  );

  constructor(client: TrainerClient) {
    this.#client = client;
    client.onReport((report) => this.#receive(report));
  }

  /** Reports that concern runs and epochs; see the library. */
  onReport(listener: (report: Report) => void): () => void {
    return this.#client.onReport(listener);
  }

  /** Chooses a backend; the next measurement or run opens it. */
  choose(backend: BackendChoice): void {
    if (backend === this.backend) return;
    this.backend = backend;
    this.#reconsider();
  }

  /** Measures the cost of these settings once they have rested; null while they are invalid. */
  consider(settings: TrainSettings | null): void {
    const key = settings === null ? null : JSON.stringify(settings);
    if (key !== null && key === this.#measured) return;
    this.#settings = settings;
    this.#measured = key;
    clearTimeout(this.#timer);
    this.cost = { kind: settings === null ? 'unknown' : 'measuring' };
    if (settings !== null && !this.busy && !this.held) {
      this.#timer = setTimeout(() => {
        this.#measuring = this.#measure(settings);
      }, REST);
    }
  }

  /** Leaves the machine alone until {@link release}; resolves when a measurement on its way is done. */
  async hold(): Promise<void> {
    this.held = true;
    clearTimeout(this.#timer);
    await this.#measuring;
  }

  release(): void {
    this.held = false;
    if (this.cost.kind === 'measuring') this.#reconsider();
  }

  /** Starts a regime. Resolves when the worker has taken the command. */
  async train(settings: TrainSettings, seeds: readonly number[], name: string): Promise<void> {
    clearTimeout(this.#timer);
    await this.#start({ type: 'train', settings, seeds: [...seeds], name }, seeds);
  }

  /** Continues a run that was cut off, or that another tab trains and shall let go. */
  async continueRun(uid: string, holder: Holder = 'nobody'): Promise<void> {
    await this.#start({ type: 'continue', uid, holder }, []);
  }

  /** Trains branches of a run, on the backend that trained it. */
  async fork(request: ForkRequest, backend: BackendChoice): Promise<void> {
    clearTimeout(this.#timer);
    await this.#start({ type: 'fork', ...request }, [], backend);
  }

  /**
   * Measures what an order of cells takes, after any other measurement.
   *
   * @throws Error in words when nothing could be measured; TrainerError `superseded` when a later
   * question has come.
   */
  estimateCells(order: CellOrder): Promise<CellEstimate> {
    const measured = this.#measuring.then(async () => {
      if (!(await this.#open())) throw new Error(this.fault?.message ?? 'Nothing here can train.');
      return this.#client.estimateCells(order);
    });
    this.#measuring = measured.then(
      () => undefined,
      () => undefined,
    );
    return measured;
  }

  /** Starts an order of cells, or takes it over from another tab. Resolves as {@link train} does. */
  async trainCells(order: CellOrder, holder: Holder = 'nobody'): Promise<void> {
    clearTimeout(this.#timer);
    await this.#start({ type: 'train-cells', ...order, holder }, []);
  }

  pause(): void {
    this.#client.send({ type: 'pause' });
  }

  resume(): void {
    this.#client.send({ type: 'resume' });
  }

  step(): void {
    this.#client.send({ type: 'step' });
  }

  stop(): void {
    this.#client.send({ type: 'stop' });
  }

  /** A change in mid-run; the worker applies it at the next epoch and reports it as pending. */
  change(change: LiveChange): void {
    this.#client.send({ type: 'change', change });
  }

  /**
   * Hands over the visitor's own copy of CIFAR-10; resolves with the bytes stored.
   *
   * @throws TrainerError saying why the files were refused.
   */
  async adoptImages(files: readonly File[]): Promise<number> {
    const stored = await this.#client.adoptImages(files);
    this.#reconsider();
    return stored;
  }

  dismissFault(): void {
    this.fault = null;
  }

  /** Ends a worker that does not answer; its run stays in the store and can be continued. */
  restart(): void {
    this.#client.close('The trainer was started again.');
    this.#forget();
    this.status = IDLE;
    this.fault = null;
    this.#listen();
  }

  /** The same, told to everybody as a fault. */
  giveUp(): void {
    this.#client.giveUp('It did not answer and was ended.');
  }

  close(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    this.#client.close();
  }

  async #start(
    command: Parameters<TrainerClient['send']>[0],
    seeds: readonly number[],
    backend = this.backend,
  ): Promise<void> {
    if (this.busy) return;
    this.fault = null;
    this.#starting = true;
    this.status = {
      ...IDLE,
      state: 'preparing',
      detail: 'starting the trainer',
      queue: seeds,
    };
    if (await this.#open(backend)) this.#client.send(command);
    else this.#starting = false;
  }

  async #measure(settings: TrainSettings): Promise<void> {
    try {
      if (!(await this.#open()) || this.busy || settings !== this.#settings) return;
      const estimate = await this.#client.estimate(settings);
      // What a busy trainer answers is no measurement.
      if (settings !== this.#settings || this.busy) return;
      const { failure } = estimate;
      this.cost =
        failure === null
          ? { kind: 'known', settings, estimate }
          : { kind: 'failed', message: failure };
    } catch (error) {
      if (!(error instanceof TrainerError)) throw error;
      if (error.kind === 'superseded' || settings !== this.#settings) return;
      this.cost = { kind: 'failed', message: error.message };
    }
  }

  /** Opens the chosen backend unless it is open. False when there is none; the fault says why. */
  #open(backend = this.backend): Promise<boolean> {
    if (this.#client.alive && this.#openFor === backend && this.#opening !== null) {
      return this.#opening;
    }
    this.#openFor = backend;
    const opening = this.#client.open(backend).then(
      () => true,
      (error: unknown) => {
        if (!(error instanceof TrainerError)) throw error;
        if (error.kind === 'superseded') return this.#opening ?? false;
        this.#forget();
        this.cost = { kind: 'failed', message: error.message };
        if (this.status.state === 'preparing') {
          this.status = { ...IDLE, state: 'error', detail: error.message };
        }
        return false;
      },
    );
    this.#opening = opening;
    return opening;
  }

  #forget(): void {
    this.#openFor = null;
    this.#opening = null;
    this.#measured = null;
    this.opened = null;
    this.quiet = 0;
  }

  #receive(report: Report): void {
    this.quiet = 0;
    if (report.type === 'opened') {
      this.opened = report;
    } else if (report.type === 'status') {
      this.#take(report.status);
    } else if (report.type === 'fault') {
      this.fault = { kind: report.kind, message: report.message, uid: report.uid };
      if (report.kind === 'worker') {
        this.#starting = false;
        this.#forget();
        if (this.busy) this.status = { ...this.status, state: 'error', detail: report.message };
      }
    }
  }

  #take(status: Status): void {
    // Opening a backend reports `idle` while the order to train is still on its way.
    if (this.#starting && status.state === 'idle') return;
    this.#starting = false;
    const wasBusy = this.busy;
    this.status = status;
    // There was room again.
    if (this.fault?.kind === 'storage-full' && status.state !== 'paused') this.fault = null;
    this.#listen();
    // What was to be downloaded is here now, and a measurement may have been dropped.
    if (wasBusy && !this.busy) this.#reconsider();
  }

  #reconsider(): void {
    const settings = this.#settings;
    this.#measured = null;
    this.consider(settings);
  }

  /** Watches for silence while the worker trains. */
  #listen(): void {
    const { state, uid } = this.status;
    // With a run in hand, `preparing` means that its GPU is being started again.
    if (state !== 'training' && !(state === 'preparing' && uid !== null)) {
      clearInterval(this.#watch);
      this.#watch = undefined;
      return;
    }
    this.#watch ??= setInterval(() => {
      const { stepSeconds, step, stepsPerEpoch } = this.status;
      // Behind the last step comes an evaluation of as many batches, of which nothing is told.
      const steps = step === stepsPerEpoch ? 2 * stepsPerEpoch : 5;
      const silence = this.#client.silence;
      const believed = Math.max(QUIET, steps * 1000 * (stepSeconds ?? 0));
      this.quiet = silence > believed ? Math.round(silence / 1000) : 0;
    }, LISTEN_EVERY);
  }
}
