import { answerTo, CACHE, keyOf, pathOf, TAKE_OVER } from './files';

/*
 * Keeps the app, the extracts of its recordings and the smallest images in this browser, so that it
 * works without a network after the first visit. The traces of recordings are large, and few are looked
 * at: they are kept when they are first asked for. A new version is fetched beside the old one and waits: it takes over
 * when the visitor asks for it or all tabs are closed, never under a run. Larger images are kept by
 * the trainer when a run first needs them (src/data/part-cache.ts).
 */

const scope = self as unknown as ServiceWorkerGlobalScope;
const folder = scope.registration.scope;
const atOnce = new Map(Object.entries(__FILES__));
const later = new Map(Object.entries(__LATER__));
const files = new Map([...atOnce, ...later]);
const keys = new Set(Array.from(files, ([path, digest]) => keyOf(path, digest, folder)));

/** Files fetched side by side; one after the other, a slow network would be waited for each time. */
const LANES = 4;
/** Holds the keys of the version that is in force. */
const IN_FORCE = new URL('?in-force', folder).href;

scope.addEventListener('install', (event) => event.waitUntil(keepAll()));
scope.addEventListener('activate', (event) => event.waitUntil(takeOver()));
scope.addEventListener('message', ({ data }) => {
  if (data === TAKE_OVER) void scope.skipWaiting();
});
scope.addEventListener('fetch', (event) => {
  const answer = answerTo(event.request, files, folder);
  if (answer === null) return;
  event.respondWith(
    answer === 'old'
      ? kept(event.request, true).then((found) => found ?? fetch(event.request))
      : answered(event.request, answer),
  );
});

/** From what is kept; a trace that was not asked for before is kept from now on. */
async function answered(
  request: Request,
  { path, key }: { readonly path: string; readonly key: string },
): Promise<Response> {
  const found = await kept(key, false);
  if (found !== undefined) return found;
  const digest = later.get(path);
  // What cannot be had, or is of another version, is asked for as if there were no service worker.
  const response = digest && (await fetched(path, digest).catch(() => null));
  if (!response) return fetch(request);
  const cache = await caches.open(CACHE);
  // Where there is no room it is shown all the same.
  await cache.put(key, response.clone()).catch(() => undefined);
  return response;
}

/** What is here already, of this version or of one before, is not fetched again. */
async function keepAll(): Promise<void> {
  const cache = await caches.open(CACHE);
  const held = (await cache.keys()).map(({ url }) => url);
  const here = new Set(held);
  // Of traces those of which the version before has kept its own.
  const wanted = new Set(held.map((url) => pathOf(url, folder)));
  const missing = [...atOnce, ...[...later].filter(([path]) => wanted.has(path))].filter(
    ([path, digest]) => !here.has(keyOf(path, digest, folder)),
  );
  const lane = async () => {
    for (let next = missing.shift(); next !== undefined; next = missing.shift()) {
      const [path, digest] = next;
      await cache.put(keyOf(path, digest, folder), await fetched(path, digest));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** @throws Error when the file cannot be had, or is not this version's */
async function fetched(path: string, digest: string): Promise<Response> {
  // Names below assets/ change with the content.
  const cache = path.startsWith('assets/') ? 'default' : 'no-cache';
  const response = await fetch(new URL(path, folder), { cache });
  if (!response.ok) throw new Error(`${path} could not be fetched: ${response.status}.`);
  const headers = new Headers(response.headers);
  const bytes = await response.arrayBuffer();
  // A host may send what is packed as such, and the browser unpacks it; its reader checks it anyway.
  const unpacked = path.endsWith('.gz') && headers.has('content-encoding');
  if (!unpacked && (await sha256(bytes)) !== digest) {
    throw new Error(`${path} is of another version.`);
  }
  headers.delete('content-encoding');
  headers.delete('content-length');
  // Made anew: a page may not be answered with a response that was redirected.
  return new Response(bytes, { headers });
}

/** Puts this version in force. What the one before kept stays for tabs that still run it. */
async function takeOver(): Promise<void> {
  const cache = await caches.open(CACHE);
  const before = (await (await cache.match(IN_FORCE))?.json()) as string[] | undefined;
  const needed = new Set([...keys, ...(before ?? []), IN_FORCE]);
  for (const { url } of await cache.keys()) {
    if (!needed.has(url)) await cache.delete(url);
  }
  await cache.put(IN_FORCE, Response.json([...keys]));
  await scope.clients.claim();
}

async function kept(asked: Request | string, ignoreSearch: boolean): Promise<Response | undefined> {
  return (await caches.open(CACHE)).match(asked, { ignoreSearch, ignoreVary: true });
}

async function sha256(bytes: ArrayBuffer): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
