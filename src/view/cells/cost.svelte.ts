import type { CellEstimate, CellOrder } from '../../trainer/protocol';
import { TrainerError } from '../../trainer/client';
import type { Trainer } from '../state/trainer.svelte';

/** What is known about the cost of an order of cells. */
export type CellCost =
  | { readonly kind: 'unknown' | 'measuring' }
  | { readonly kind: 'known'; readonly estimate: CellEstimate }
  | { readonly kind: 'failed'; readonly message: string };

/** Orders are measured after they have rested this long, in milliseconds. */
const REST = 600;

/** The cost of the order on screen, measured once it rests. */
export class CellCosts {
  readonly #trainer: Trainer;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #key = '';

  cost = $state.raw<CellCost>({ kind: 'unknown' });

  constructor(trainer: Trainer) {
    this.#trainer = trainer;
  }

  /** @param order null for none, as while it is invalid or something trains */
  consider(order: CellOrder | null): void {
    const isEmpty = order === null || order.cells.length === 0;
    const key = isEmpty ? '' : JSON.stringify([this.#trainer.backend, order]);
    if (key === this.#key) return;
    this.#key = key;
    clearTimeout(this.#timer);
    this.cost = { kind: isEmpty ? 'unknown' : 'measuring' };
    if (!isEmpty) this.#timer = setTimeout(() => void this.#measure(order, key), REST);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  async #measure(order: CellOrder, key: string): Promise<void> {
    try {
      const estimate = await this.#trainer.estimateCells(order);
      if (key !== this.#key) return;
      const { failure } = estimate;
      this.cost =
        failure === null ? { kind: 'known', estimate } : { kind: 'failed', message: failure };
    } catch (error) {
      if (key !== this.#key) return;
      if (error instanceof TrainerError && error.kind === 'superseded') return;
      const message = error instanceof Error ? error.message : String(error);
      this.cost = { kind: 'failed', message };
    }
  }
}
