import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { endOnSignals } from './child.mjs';
import { ROOT, ensurePackages, log } from './ensure.mjs';
import { keptReport, writeServiceWorker } from './offline.mjs';
import { readOptions } from './options.mjs';
import { INITIAL_LIMIT, measure, sizeReport } from './size.mjs';
import { buildName } from './version.mjs';

/** What a build is made from, relative to the root; a folder stands for all files below it. */
const INPUTS = [
  'index.html',
  'package.json',
  'package-lock.json',
  'svelte.config.js',
  'tsconfig.json',
  'vite.config.ts',
  'scripts',
  'src',
  'public',
];

/**
 * @param {string} place
 * @returns {string[]} the files at or below it, sorted
 */
function filesBelow(place) {
  if (!existsSync(place)) return [];
  if (!statSync(place).isDirectory()) return [place];
  return readdirSync(place)
    .sort()
    .flatMap((name) => filesBelow(path.join(place, name)));
}

/**
 * Digest of everything a build depends on. Files of `public/` are taken by size and time: the data
 * set among them is large, and its own script has checked it.
 *
 * @param {string} root
 */
export function inputDigest(root) {
  const hash = createHash('sha256').update(buildName(root));
  for (const input of INPUTS) {
    for (const file of filesBelow(path.join(root, input))) {
      hash.update(`\0${path.relative(root, file)}\0`);
      if (input === 'public') {
        const { size, mtimeMs } = statSync(file);
        hash.update(`${size} ${mtimeMs}`);
      } else {
        hash.update(readFileSync(file));
      }
    }
  }
  return hash.digest('hex');
}

/**
 * Builds the app into `dist/`: packages, CIFAR-10, bundle.
 *
 * @param {string} root
 * @param {object} options
 * @param {import('./ensure.mjs').Log} options.log
 * @param {boolean} [options.force] also when nothing has changed since the last build
 * @returns {Promise<string>} the folder of the build
 */
export async function build(root, { log, force = false }) {
  await ensurePackages(root, { log });
  // Both need packages, hence only now.
  const { prepareData } = await import('./prepare-data.mjs');
  await prepareData(root, { log });

  const dist = path.join(root, 'dist');
  const stamp = path.join(dist, '.vite', 'inputs.sha256');
  const digest = inputDigest(root);
  if (!force && existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return dist;
  log('Building the app ...');
  const vite = await import('vite');
  // Vite lets a caller's own NODE_ENV decide what it builds: under Vitest that would be a page of
  // another kind than visitors get.
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = 'production';
  try {
    await vite.build({ root, logLevel: 'warn' });
    await writeServiceWorker(root, dist);
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
  // Last, so that a build that was cut off is not taken for a whole one.
  writeFileSync(stamp, digest);
  return dist;
}

const USAGE = `Usage: npm run build

Builds the app into dist/ and reports the size of its initial script.`;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  readOptions(USAGE, {});
  endOnSignals();
  try {
    const dist = await build(ROOT, { log, force: true });
    const measured = measure(dist);
    console.log(sizeReport(measured));
    console.log(keptReport(dist));
    if (measured.script > INITIAL_LIMIT) process.exitCode = 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
