import { heldLocks } from '../../store/lock';
import type { StandAloneEpoch } from '../../trace/stand-alone';
import { CELL_LOCK, type CellOrder, type CellTask, type Report } from '../../trainer/protocol';
import type { Library } from '../state/library.svelte';
import type { Trainer } from '../state/trainer.svelte';
import { readOrder, writeOrder } from './order';

/** Under which the order in hand is kept in the store, so that a reload does not lose it. */
const NOTE = 'cell-order';

/**
 * What the trainer is asked to train of cells. It takes the whole order; what is left of it is kept
 * here and as a note in the store until its last cell is done or the visitor stops it.
 */
export class CellQueue {
  readonly #trainer: Trainer;
  readonly #library: Library;
  readonly #stopListening: () => void;
  /** From the command to train until the trainer tells of it. */
  #sent = false;

  /** What is being trained, and behind it what waits; null when there is no order. */
  order = $state.raw<CellOrder | null>(null);
  /** Whether the order is the trainer's: else it was cut off. */
  running = $state(false);
  /** Whether another tab trains cells: an order found in the store is then that tab's. */
  elsewhere = $state(false);
  /** Epochs that the cell in training has finished since it was taken up here. */
  epochs = $state.raw<readonly StandAloneEpoch[]>([]);

  /** Tasks left of an order that nobody trains. */
  readonly left: readonly CellTask[] = $derived(
    this.running || this.elsewhere ? [] : (this.order?.cells ?? []),
  );

  constructor(trainer: Trainer, library: Library) {
    this.#trainer = trainer;
    this.#library = library;
    this.#stopListening = trainer.onReport((report) => this.#receive(report));
  }

  /** Finds the order that a reload or a closed tab has cut off. Never rejects. */
  async restore(): Promise<void> {
    if (this.running) return;
    try {
      this.elsewhere = (await heldLocks()).has(CELL_LOCK);
      const order = readOrder(await (await this.#library.store()).readMeta(NOTE));
      // Something may have been started meanwhile.
      if (!(this.running as boolean)) this.order = order;
    } catch {
      // Without a store there is nothing to go on with; the library says so.
    }
  }

  /** Trains these cells in their order, in place of any order before. */
  async start(order: CellOrder): Promise<void> {
    if (this.#trainer.busy || order.cells.length === 0) return;
    this.#set(order);
    this.epochs = [];
    this.running = true;
    this.#sent = true;
    await this.#trainer.trainCells(order);
    // No backend, no command: the trainer's fault tells why.
    if (!this.#trainer.busy) this.#interrupt();
  }

  /** Goes on with what was cut off. */
  async resume(): Promise<void> {
    if (this.order !== null) await this.start(this.order);
  }

  /** Ends the training, whose finished epochs stay, and forgets what waits. */
  stop(): void {
    if (this.running) this.#trainer.stop();
    this.#interrupt();
    this.#set(null);
  }

  close(): void {
    this.#stopListening();
  }

  #receive(report: Report): void {
    if (!this.running) return;
    if (report.type === 'cell-epoch') this.epochs = [...this.epochs, report.record];
    else if (report.type === 'cell') this.#drop(report.task);
    else if (report.type === 'status') this.#follow(report.status.state);
    else if (report.type === 'fault' && report.kind === 'worker') this.#interrupt();
    else if (report.type === 'fault' && report.kind === 'nan') {
      // It would fail again in the same way.
      const { cell } = this.#trainer.status;
      if (cell !== null) this.#drop(cell);
    }
  }

  #follow(state: string): void {
    if (state === 'preparing' || state === 'training') this.#sent = false;
    else if (this.#sent || state === 'paused') return;
    else if (state === 'error') this.#interrupt();
    else {
      // Done, or stopped from elsewhere on the page.
      this.#interrupt();
      this.#set(null);
    }
  }

  #drop({ arch, seed }: CellTask): void {
    this.epochs = [];
    if (this.order === null) return;
    const cells = this.order.cells.filter((task) => task.arch !== arch || task.seed !== seed);
    this.#set(cells.length === 0 ? null : { ...this.order, cells });
  }

  #interrupt(): void {
    this.running = false;
    this.#sent = false;
    this.epochs = [];
  }

  #set(order: CellOrder | null): void {
    this.order = order;
    const note = order === null ? '' : writeOrder(order);
    // A note that cannot be kept costs the offer to go on after a reload, and nothing else.
    void this.#library
      .store()
      .then((store) => store.writeMeta(NOTE, note))
      .catch(() => undefined);
  }
}
