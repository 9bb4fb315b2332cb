import { RandomStream } from '../../data/random';
import { TABLE_SEARCHERS } from '../../paper/tabular/registry';
import { repeatSearch, tabularStream } from '../../paper/tabular/repeat';
import type { TabularJob, TabularNews } from './job';

/* Searches a table beside the thread that draws. Ending the worker ends the searches. */

/** Milliseconds between two reports. */
const EVERY = 100;

self.addEventListener('message', ({ data }: MessageEvent<TabularJob>) => {
  const { task, repeats, budget, seed } = data;
  const tell = (news: TabularNews) => self.postMessage(news);
  let told = performance.now();
  TABLE_SEARCHERS.forEach((searcher, before) => {
    const stream = (repeat: number) =>
      RandomStream.named(seed, tabularStream(searcher.key, repeat));
    const searches = repeatSearch(searcher, task, { repeats, budget }, stream);
    let next = searches.next();
    for (; !next.done; next = searches.next()) {
      if (performance.now() - told < EVERY) continue;
      told = performance.now();
      tell({ type: 'progress', done: before * repeats + next.value });
    }
    tell({ type: 'result', result: next.value });
  });
  tell({ type: 'end' });
});
