/** What the page says to a waiting version when the visitor wants it. */
export const TAKE_OVER = 'take-over';

/** Where a browser keeps them. */
export const CACHE = 'alphascope-app';

/** What one version of the app keeps: path from the app's folder, and SHA-256 in lower-case hex. */
export type FileList = ReadonlyMap<string, string>;

/** Under which a file is kept. Its content is part of the name, so versions share what has not changed. */
export function keyOf(path: string, digest: string, scope: string): string {
  return new URL(`${path}?sha256=${digest}`, scope).href;
}

/** The path of a kept file, by its address among those that are kept. */
export function pathOf(key: string, scope: string): string {
  return new URL(key).pathname.slice(new URL(scope).pathname.length);
}

/** What of a request decides how it is answered. */
export type Asked = Pick<Request, 'method' | 'mode' | 'url'>;

/**
 * How a request is answered without a network.
 *
 * @param scope address of the app's folder, with its last slash
 * @returns the path and the key of a kept file; `old` for a part of an earlier version, which a tab that still runs
 * it may ask for; null where only the network can answer
 */
export function answerTo(
  { method, mode, url }: Asked,
  files: FileList,
  scope: string,
): { readonly path: string; readonly key: string } | 'old' | null {
  const asked = new URL(url);
  const folder = new URL(scope);
  if (method !== 'GET' || asked.origin !== folder.origin) return null;
  if (!asked.pathname.startsWith(folder.pathname)) return null;
  const below = asked.pathname.slice(folder.pathname.length);
  const path = mode === 'navigate' && below === '' ? 'index.html' : below;
  const digest = files.get(path);
  if (digest === undefined) return path.startsWith('assets/') ? 'old' : null;
  // Parts of the data set are asked for by their content, which may be that of another build.
  const wanted = asked.searchParams.get('sha256');
  return wanted === null || wanted === digest ? { path, key: keyOf(path, digest, scope) } : null;
}
