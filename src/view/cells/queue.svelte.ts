import { heldLocks } from '../../store/lock';
import type { StandAloneEpoch } from '../../trace/stand-alone';
import {
  CELL_LOCK,
  type CellOrder,
  type CellTask,
  type Holder,
  type Report,
} from '../../trainer/protocol';
import type { Library } from '../state/library.svelte';
import type { Trainer } from '../state/trainer.svelte';
import { readOrder, writeOrder } from './order';

/** How often to look whether another tab trains cells, in milliseconds. */
const POLL = 3000;

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
  #poll: ReturnType<typeof setTimeout> | undefined;

  /** What is being trained, and behind it what waits; null when there is no order. */
  order = $state.raw<CellOrder | null>(null);
  /** Whether the order is the trainer's: else it was cut off. */
  running = $state(false);
  /** Whether another tab trains cells: an order found in the store is then that tab's. */
  elsewhere = $state(false);
  /** Epochs that the other tab has finished of the first cell of its order. */
  othersEpochs = $state(0);
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

  /**
   * Finds the order that a reload or a closed tab has cut off, or that another tab trains; that one is
   * watched until it ends. Never rejects.
   */
  async restore(): Promise<void> {
    clearTimeout(this.#poll);
    try {
      if (!this.running) await this.#look();
    } catch {
      // Without a store there is nothing to go on with; the library says so.
    }
    this.#poll = setTimeout(() => void this.#watch(), POLL);
  }

  /** Reads the store only while there is something to see. */
  async #watch(): Promise<void> {
    const held = await heldLocks().catch(() => new Set());
    if (held.has(CELL_LOCK) || this.elsewhere) return this.restore();
    this.#poll = setTimeout(() => void this.#watch(), POLL);
  }

  async #look(): Promise<void> {
    const elsewhere = (await heldLocks()).has(CELL_LOCK);
    const store = await this.#library.store();
    const order = readOrder(await store.readMeta(NOTE));
    const progress = elsewhere ? await store.cells.listProgress() : [];
    // Something may have been started meanwhile.
    if (this.running) return;
    const first = order?.cells[0];
    const begun = progress.find(({ arch, seed }) => arch === first?.arch && seed === first.seed);
    this.elsewhere = elsewhere;
    this.order = order;
    this.othersEpochs = begun?.epochs.length ?? 0;
  }

  /** Trains these cells in their order, in place of any order before. */
  async start(order: CellOrder, holder: Holder = 'nobody'): Promise<void> {
    if (this.#trainer.busy || order.cells.length === 0) return;
    this.#set(order);
    this.epochs = [];
    this.running = true;
    this.elsewhere = false;
    this.#sent = true;
    await this.#trainer.trainCells(order, holder);
    // No backend, no command: the trainer's fault tells why.
    if (!this.#trainer.busy) this.#interrupt();
  }

  /** Goes on with what was cut off. */
  async resume(): Promise<void> {
    if (this.order !== null) await this.start(this.order);
  }

  /** Goes on with what another tab trains, which lets it go after its step. */
  async takeOver(): Promise<void> {
    if (this.order !== null && this.elsewhere) await this.start(this.order, 'tab');
  }

  /** Ends the training, whose finished epochs stay, and forgets what waits. */
  stop(): void {
    if (this.running) this.#trainer.stop();
    this.#interrupt();
    this.#set(null);
  }

  close(): void {
    clearTimeout(this.#poll);
    this.#stopListening();
  }

  #receive(report: Report): void {
    if (!this.running) return;
    if (report.type === 'cell-epoch') this.epochs = [...this.epochs, report.record];
    else if (report.type === 'cell') this.#drop(report.task);
    else if (report.type === 'status') this.#follow(report.status.state);
    else if (report.type === 'released') this.#letGo();
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

  /** The order is another tab's now, and its note with it. */
  #letGo(): void {
    this.#interrupt();
    this.elsewhere = true;
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
