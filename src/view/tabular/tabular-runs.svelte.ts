import { TABLE_SEARCHERS } from '../../paper/tabular/registry';
import { USUAL_REPEATS, type TabularResult, type TabularTask } from '../../paper/tabular/repeat';
import { USUAL_BUDGET } from '../../paper/tabular/trials';
import { pageState } from '../state/page-state';
import type { TabularJob, TabularNews } from './job';

const BOUNDS = {
  repeats: { name: 'Repeats', least: 2, most: 10_000 },
  budget: { name: 'Evaluations', least: 1, most: 2000 },
} as const;

export type TabularField = keyof typeof BOUNDS;

/** What the searches on screen were of. */
export interface TabularSubject {
  /** Name of the table. */
  readonly table: string;
  readonly task: TabularTask;
  readonly repeats: number;
  readonly budget: number;
}

/** Searches of a table of accuracies, in a worker; what they found stays until others begin. */
class TabularRuns {
  readonly texts = $state<Record<TabularField, string>>({
    repeats: String(USUAL_REPEATS),
    budget: String(USUAL_BUDGET),
  });
  running = $state(false);
  /** Searches done, of all searchers. */
  done = $state(0);
  subject = $state.raw<TabularSubject | null>(null);
  results = $state.raw<readonly TabularResult[]>([]);
  /** Why the searches ended before their end; null where they did not. */
  failure = $state<string | null>(null);
  #worker: Worker | null = null;

  /** Searches of all searchers together. */
  readonly total: number = $derived((this.subject?.repeats ?? 0) * TABLE_SEARCHERS.length);

  /** A sentence when what is entered is no such number. */
  problemOf(field: TabularField): string | undefined {
    const { name, least, most } = BOUNDS[field];
    const text = this.texts[field].trim();
    const value = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
    if (value >= least && value <= most) return undefined;
    return `${name}: must be a whole number from ${least} to ${most}, not "${text}".`;
  }

  start(table: string, task: TabularTask): void {
    if (this.problemOf('repeats') !== undefined || this.problemOf('budget') !== undefined) return;
    this.cancel();
    const [repeats, budget] = [Number(this.texts.repeats), Number(this.texts.budget)];
    this.subject = { table, task, repeats, budget };
    this.results = [];
    this.done = 0;
    this.failure = null;
    this.running = true;
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      type: 'module',
      name: 'tabular',
    });
    this.#worker = worker;
    worker.addEventListener('message', ({ data }: MessageEvent<TabularNews>) => {
      if (data.type === 'progress') this.done = data.done;
      else if (data.type === 'end') this.cancel();
      else {
        this.results = [...this.results, data.result];
        this.done = this.results.length * repeats;
      }
    });
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.failure = event.message || 'The part of the page that searches tables did not load.';
      this.cancel();
    });
    worker.postMessage({ task, repeats, budget, seed: 0 } satisfies TabularJob);
  }

  /** Ends the searches; results that are there stay. */
  cancel(): void {
    this.#worker?.terminate();
    this.#worker = null;
    this.running = false;
  }
}

export const tabularState = pageState(() => new TabularRuns());
