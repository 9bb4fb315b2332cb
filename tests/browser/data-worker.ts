import { loadSearchData } from '../../src/data/source';

/** Loads in a worker, as the trainer does, and answers with the identity and the files it fetched. */
self.onmessage = async (event: MessageEvent<string>) => {
  const { identity } = await loadSearchData({ resolution: 8, images: 64, base: event.data });
  const fetched = performance
    .getEntriesByType('resource')
    .map(({ name }) => name)
    .filter((name) => name.includes('.bin'));
  self.postMessage({ identity, fetched });
};
