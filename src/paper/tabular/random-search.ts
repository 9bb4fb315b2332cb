import { randomChoice, type TableSearcher } from './trials';

/** RS (methods, section 15). */
export const randomSearch: TableSearcher = {
  key: 'rs',
  title: 'RS',
  summary: 'Cells drawn uniformly; the best counts.',
  search(trials, draws) {
    while (!trials.isSpent) trials.evaluate(randomChoice(draws));
  },
};
