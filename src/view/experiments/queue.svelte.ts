import { armByKey } from '../../paper/experiment/arm';
import type { Report, Status } from '../../trainer/protocol';
import type { Library } from '../state/library.svelte';
import type { Trainer } from '../state/trainer.svelte';
import { readOrder, writeOrder, type BenchOrder } from './order';
import type { Job } from './plan';

/** Under which the order in hand is kept in the store, so that a reload does not lose it. */
const NOTE = 'bench-order';

/**
 * Trains one job after the other. The trainer knows only the one at hand; the order is kept here and
 * as a note in the store until its last job is done or the visitor stops it.
 */
export class BenchQueue {
  readonly #trainer: Trainer;
  readonly #library: Library;
  readonly #stopListening: () => void;
  /** From the command to train until the trainer tells of it. */
  #sent = false;

  /** What is being trained, and behind it what waits; null when there is no order. */
  order = $state.raw<BenchOrder | null>(null);
  /** Whether the first job of the order is the trainer's: else the order was cut off. */
  running = $state(false);

  readonly jobs: readonly Job[] = $derived(this.order?.jobs ?? []);

  constructor(trainer: Trainer, library: Library) {
    this.#trainer = trainer;
    this.#library = library;
    this.#stopListening = trainer.onReport((report) => this.#receive(report));
  }

  /** Finds the order that a reload or a closed tab has cut off. Never rejects. */
  async restore(): Promise<void> {
    try {
      const order = readOrder(await (await this.#library.store()).readMeta(NOTE));
      if (!this.running) this.order = order;
    } catch {
      // Without a store there is nothing to go on with; the library says so.
    }
  }

  /** Trains these jobs in their order, in place of any order before. */
  async start(order: BenchOrder): Promise<void> {
    if (this.#trainer.busy || order.jobs.length === 0) return;
    this.#set(order);
    this.running = true;
    await this.#next();
  }

  /** Ends the run in training, whose epochs stay, and forgets what waits. */
  stop(): void {
    if (this.running) this.#trainer.stop();
    this.#end();
  }

  close(): void {
    this.#stopListening();
  }

  async #next(): Promise<void> {
    const { order } = this;
    const job = order?.jobs[0];
    if (order === null || job === undefined) return;
    this.#sent = true;
    const { arm, seed, uid } = job;
    if (uid !== null) await this.#trainer.continueRun(uid);
    else {
      const settings = { arm, scale: order.scale };
      await this.#trainer.train(settings, [seed], armByKey(arm).label);
    }
    // No backend, no command: the trainer's fault tells why.
    if (!this.#trainer.busy) this.#interrupt();
  }

  #receive(report: Report): void {
    if (!this.running) return;
    if (report.type === 'status') this.#follow(report.status);
    else if (report.type === 'fault' && report.kind === 'worker') this.#interrupt();
    else if (report.type === 'fault' && report.kind === 'nan') this.#drop();
  }

  #follow({ state }: Status): void {
    if (state === 'preparing' || state === 'training') this.#sent = false;
    else if (this.#sent) return;
    else if (state === 'finished') {
      this.#drop();
      if (this.order === null) this.#end();
      else void this.#next();
    } else if (state === 'error') this.#interrupt();
    // Stopped from elsewhere on the page.
    else if (state === 'idle') this.#end();
  }

  /** The first job is done, or would fail again in the same way. */
  #drop(): void {
    if (this.order === null) return;
    const jobs = this.order.jobs.slice(1);
    this.#set(jobs.length === 0 ? null : { ...this.order, jobs });
  }

  #interrupt(): void {
    this.running = false;
    this.#sent = false;
  }

  #end(): void {
    this.#interrupt();
    this.#set(null);
  }

  #set(order: BenchOrder | null): void {
    this.order = order;
    const note = order === null ? '' : writeOrder(order);
    // A note that cannot be kept costs the offer to go on after a reload, and nothing else.
    void this.#library
      .store()
      .then((store) => store.writeMeta(NOTE, note))
      .catch(() => undefined);
  }
}
