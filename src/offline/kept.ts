import { CACHE, pathOf } from './files';

/**
 * Paths of the files that this browser keeps, from the app's folder.
 *
 * @param scope address of the app's folder, with its last slash
 */
export async function keptPaths(scope: string): Promise<ReadonlySet<string>> {
  try {
    const keys = await (await caches.open(CACHE)).keys();
    return new Set(keys.map(({ url }) => pathOf(url, scope)));
  } catch {
    // Storage may be forbidden: then nothing is kept.
    return new Set();
  }
}

/**
 * Has the service worker keep a file, by asking for it.
 *
 * @throws Error when it cannot be had.
 */
export async function keep(url: URL): Promise<void> {
  const response = await fetch(url);
  await response.body?.cancel();
  if (!response.ok) throw new Error(`${url.pathname} could not be fetched: ${response.status}.`);
}
