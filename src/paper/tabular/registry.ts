import { bohb } from './bohb';
import { randomSearch } from './random-search';
import { regularisedEvolution } from './regularised-evolution';
import { reinforce } from './reinforce';
import type { TableSearcher } from './trials';

/** Searches of a table, in the order of table 1. */
export const TABLE_SEARCHERS: readonly TableSearcher[] = [
  regularisedEvolution,
  randomSearch,
  reinforce,
  bohb,
];
