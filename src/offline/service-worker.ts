import { answerTo, keyOf, TAKE_OVER } from './files';

/*
 * Keeps the app, its recordings and the smallest images in this browser, so that it works without a
 * network after the first visit. A new version is fetched beside the old one and waits: it takes over
 * when the visitor asks for it or all tabs are closed, never under a run. Larger images are kept by
 * the trainer when a run first needs them (src/data/part-cache.ts).
 */

const scope = self as unknown as ServiceWorkerGlobalScope;
const folder = scope.registration.scope;
const files = new Map(Object.entries(__FILES__));
const keys = new Set(Array.from(files, ([path, digest]) => keyOf(path, digest, folder)));

const CACHE = 'alphascope-app';
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
  const asked = answer === 'old' ? event.request : answer.key;
  event.respondWith(kept(asked, answer === 'old').then((found) => found ?? fetch(event.request)));
});

/** What is here already, of this version or of one before, is not fetched again. */
async function keepAll(): Promise<void> {
  const cache = await caches.open(CACHE);
  for (const [path, digest] of files) {
    const key = keyOf(path, digest, folder);
    if ((await cache.match(key)) === undefined) await cache.put(key, await fetched(path, digest));
  }
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
