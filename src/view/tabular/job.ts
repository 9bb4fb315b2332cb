import type { TabularResult, TabularTask } from '../../paper/tabular/repeat';

/** Every searcher, many times, on one table. */
export interface TabularJob {
  readonly task: TabularTask;
  readonly repeats: number;
  readonly budget: number;
  readonly seed: number;
}

/** What the worker tells: how far it is, and each searcher's result when it has it. */
export type TabularNews =
  | { readonly type: 'progress'; readonly done: number }
  | { readonly type: 'result'; readonly result: TabularResult }
  | { readonly type: 'end' };
