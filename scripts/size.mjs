import { readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

/** Largest initial page script, in bytes after gzip. */
export const INITIAL_LIMIT = 150_000;

/** @typedef {{ file: string, isEntry?: boolean, imports?: string[], css?: string[] }} Chunk */

/**
 * Files that a browser must load before the page runs: the entry, what it imports statically, and
 * their styles. Workers and `import()` come later and are not among them.
 *
 * @param {Record<string, Chunk>} manifest Vite's
 * @param {string} entry key of the page
 * @returns {string[]} paths inside the build, entry first
 * @throws {Error} when the manifest does not hold the page
 */
export function initialFiles(manifest, entry = 'index.html') {
  /** @type {Set<string>} */
  const files = new Set();
  /** @type {Set<string>} */
  const seen = new Set();
  /** @param {string} key */
  const visit = (key) => {
    if (seen.has(key)) return;
    seen.add(key);
    const chunk = manifest[key];
    if (chunk === undefined) throw new Error(`Vite's manifest has no entry '${key}'`);
    files.add(chunk.file);
    for (const name of chunk.css ?? []) files.add(name);
    for (const next of chunk.imports ?? []) visit(next);
  };
  visit(entry);
  return [...files];
}

/**
 * Sizes of the initial files of a build.
 *
 * @param {string} dist
 * @returns {{ files: { name: string, bytes: number, gzip: number }[], script: number }} `script`:
 *   bytes of all initial scripts after gzip, each file compressed by itself as a server would
 */
export function measure(dist) {
  const text = readFileSync(path.join(dist, '.vite', 'manifest.json'), 'utf8');
  const manifest = /** @type {Record<string, Chunk>} */ (JSON.parse(text));
  const files = initialFiles(manifest).map((name) => {
    const content = readFileSync(path.join(dist, name));
    return { name, bytes: content.length, gzip: gzipSync(content, { level: 9 }).length };
  });
  const script = files
    .filter(({ name }) => name.endsWith('.js'))
    .reduce((sum, { gzip }) => sum + gzip, 0);
  return { files, script };
}

/**
 * @param {ReturnType<typeof measure>} measured
 * @returns {string} a table with a verdict
 */
export function sizeReport({ files, script }) {
  /** @param {number} bytes */
  const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10);
  const rows = files.map(
    ({ name, bytes, gzip }) => `${kilobytes(bytes)}${kilobytes(gzip)}  ${name}`,
  );
  const verdict = script > INITIAL_LIMIT ? 'above' : 'within';
  return [
    `${'bytes'.padStart(10)}${'gzip'.padStart(10)}  loaded before the page runs`,
    ...rows,
    `Initial script: ${(script / 1000).toFixed(1)} kB after gzip, ${verdict} the limit of ${INITIAL_LIMIT / 1000} kB.`,
  ].join('\n');
}
