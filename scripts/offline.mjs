import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Where a checkout keeps the service worker; an app without one works online only. */
const SOURCE = path.join('src', 'offline', 'service-worker.ts');
/** Its file in the build; beside the page, since it may answer for its own folder only. */
const SERVICE_WORKER = 'service-worker.js';

/** Images of the smallest resolution: enough to train at `tiny` and `bench`, searches and cells. */
const SMALL_DATA = ['data/manifest.json', 'data/r8.bin', 'data/test-r8.bin'];

/** Traces of recordings are kept when a visitor first asks for them; of all there is an extract. */
const TRACE = /^recordings\/.*\.json\.gz$/;

/**
 * Whether a file of a build is kept for use without a network: at once, later when it is first asked
 * for, or never. Of the images only the smallest are:
 * those of 32x32 have 180 MB, and the trainer keeps what a run has needed.
 *
 * @param {string} name path from the build's folder, with forward slashes
 * @returns {'at once' | 'later' | 'never'}
 */
export function isKept(name) {
  if (name.startsWith('data/')) return SMALL_DATA.includes(name) ? 'at once' : 'never';
  if (name === SERVICE_WORKER || /(^|\/)[._]/.test(name)) return 'never';
  return TRACE.test(name) ? 'later' : 'at once';
}

/**
 * Files of a build that are kept at once, or later.
 *
 * @param {string} dist
 * @param {'at once' | 'later'} when
 * @returns {string[]} paths from the build's folder, sorted
 */
function namesKept(dist, when) {
  return readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .map((name) => name.split(path.sep).join('/'))
    .filter((name) => isKept(name) === when && statSync(path.join(dist, name)).isFile())
    .sort();
}

/**
 * What a visit keeps, in words.
 *
 * @param {string} dist
 */
export function keptReport(dist) {
  const [first, rest] = /** @type {const} */ (['at once', 'later']).map((when) => {
    const sizes = namesKept(dist, when).map((name) => statSync(path.join(dist, name)).size);
    return `${(sizes.reduce((sum, size) => sum + size, 0) / 1e6).toFixed(1)} MB in ${sizes.length} files`;
  });
  return `Kept for use without a network: ${first} by a first visit, ${rest} when they are first shown.`;
}

/**
 * What the service worker keeps, by path, with the SHA-256 of each file.
 *
 * @param {string} dist
 * @param {readonly string[]} names
 * @returns {Record<string, string>}
 */
function digests(dist, names) {
  return Object.fromEntries(
    names.map((name) => {
      const content = readFileSync(path.join(dist, name));
      return [name, createHash('sha256').update(content).digest('hex')];
    }),
  );
}

/**
 * Writes the service worker of a finished build. Its text holds the list of files, so that a browser
 * sees a new version whenever one of them has changed.
 *
 * @param {string} root
 * @param {string} dist
 */
export async function writeServiceWorker(root, dist) {
  if (!existsSync(path.join(root, SOURCE))) return;
  const { build } = await import('vite');
  const built = await build({
    configFile: false,
    root,
    logLevel: 'error',
    publicDir: false,
    define: {
      __FILES__: JSON.stringify(digests(dist, namesKept(dist, 'at once'))),
      __LATER__: JSON.stringify(digests(dist, namesKept(dist, 'later'))),
    },
    build: {
      write: false,
      target: 'es2022',
      rolldownOptions: { input: path.join(root, SOURCE), output: { format: 'iife' } },
    },
  });
  const [output] = [built].flat();
  if (output === undefined || !('output' in output)) {
    throw new Error('The service worker was not built.');
  }
  writeFileSync(path.join(dist, SERVICE_WORKER), output.output[0].code);
}
