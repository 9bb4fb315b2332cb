import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Where a checkout keeps the service worker; an app without one works online only. */
const SOURCE = path.join('src', 'offline', 'service-worker.ts');
/** Its file in the build; beside the page, since it may answer for its own folder only. */
const SERVICE_WORKER = 'service-worker.js';

/** Images of the smallest resolution: enough to train at `tiny` and `bench`, searches and cells. */
const SMALL_DATA = ['data/manifest.json', 'data/r8.bin', 'data/test-r8.bin'];

/**
 * Whether a file of a build is kept for use without a network. Of the images only the smallest are:
 * those of 32x32 have 180 MB, and the trainer keeps what a run has needed.
 *
 * @param {string} name path from the build's folder, with forward slashes
 */
export function isKept(name) {
  if (name.startsWith('data/')) return SMALL_DATA.includes(name);
  return name !== SERVICE_WORKER && !/(^|\/)[._]/.test(name);
}

/**
 * What the service worker keeps, by path, with the SHA-256 of each file.
 *
 * @param {string} dist
 * @returns {Record<string, string>}
 */
function keptFiles(dist) {
  const names = readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .map((name) => name.split(path.sep).join('/'))
    .filter((name) => isKept(name) && statSync(path.join(dist, name)).isFile())
    .sort();
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
    define: { __FILES__: JSON.stringify(keptFiles(dist)) },
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
