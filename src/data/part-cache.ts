const CACHE_NAME = 'alphascope-data';

/** Where parts are kept between visits. Keys are addresses relative to the page or absolute. */
export interface PartCache {
  get(key: string): Promise<Uint8Array | null>;
  has(key: string): Promise<boolean>;
  /** Replaces what was kept under the same address with another query. Rejects when storage is full. */
  put(key: string, bytes: Uint8Array): Promise<void>;
  delete(key: string): Promise<void>;
}

/**
 * The browser's Cache API, in the page and in workers alike; null where there is none (Node, pages
 * that are neither https nor localhost) or the visitor forbids it.
 */
export async function browserCache(): Promise<PartCache | null> {
  const storage = (globalThis as { caches?: CacheStorage }).caches;
  if (!storage) return null;
  let cache: Cache;
  try {
    cache = await storage.open(CACHE_NAME);
  } catch {
    return null;
  }
  return {
    async get(key) {
      const response = await cache.match(key);
      return response ? new Uint8Array(await response.arrayBuffer()) : null;
    },
    async has(key) {
      return (await cache.match(key)) !== undefined;
    },
    async put(key, bytes) {
      await cache.delete(key, { ignoreSearch: true });
      await cache.put(key, new Response(new Blob([new Uint8Array(bytes)])));
    },
    async delete(key) {
      await cache.delete(key);
    },
  };
}
