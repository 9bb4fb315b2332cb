import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'svelte/compiler';
import ts from 'typescript';
import { ROOT } from './ensure.mjs';

/** Folders of src/. An import may only point to the same folder or to one earlier in this list. */
export const LAYERS = ['paper', 'trace', 'data', 'engine', 'store', 'trainer', 'offline', 'view'];

/** What the view may know of a layer that it may otherwise not import. */
const VIEW_DOORS = {
  engine: /^$/,
  trainer: /^src\/trainer\/(protocol|client)(\.|\/|$)/,
};

/** Packages that belong to one layer. */
const PACKAGE_OWNERS = [
  { name: /^@tensorflow\//, owner: 'engine', what: 'TensorFlow.js' },
  { name: /^idb(\/|$)/, owner: 'store', what: 'IndexedDB' },
  { name: /^(svelte|d3(-\w+)*)(\/|$)/, owner: 'view', what: 'drawing' },
];

const ENDINGS = ['', '.ts', '.svelte', '.svelte.ts', '.js', '.mjs', '.json', '/index.ts'];

/** @typedef {{ file: string, specifier: string, why: string }} Problem */

/**
 * Everything a source file refers to: imports of values and of types, re-exports, `import()`, and
 * `new URL('...', import.meta.url)`, by which workers are named.
 *
 * @param {string} name
 * @param {string} source
 * @returns {string[]}
 */
export function importsOf(name, source) {
  const scripts = name.endsWith('.svelte') ? svelteScripts(source) : [source];
  const found = scripts.flatMap((script) =>
    ts.preProcessFile(script, true, true).importedFiles.map(({ fileName }) => fileName),
  );
  const dynamic = /(?:import\(|new URL\()\s*(['"`])([^'"`]+)\1/g;
  for (const [, , specifier] of source.matchAll(dynamic)) {
    if (specifier !== undefined) found.push(specifier);
  }
  return [...new Set(found)];
}

/** @param {string} source */
function svelteScripts(source) {
  const { instance, module } = parse(source, { modern: true });
  return [module, instance].flatMap((script) => {
    if (!script) return [];
    const { start, end } = /** @type {{ start: number, end: number }} */ (
      /** @type {unknown} */ (script.content)
    );
    return [source.slice(start, end)];
  });
}

/**
 * The layer of a path from the root: a folder of src/, `main` for the page's entry, `cli`.
 *
 * @param {string} file with forward slashes
 */
function layerOf(file) {
  const [top, folder, ...rest] = file.split('/');
  if (top !== 'src') return top;
  return rest.length === 0 ? 'main' : folder;
}

/**
 * @param {string} from path from the root of the importing file
 * @param {string} to path from the root of the imported one, ending optional
 * @returns {string | null} why this import is wrong
 */
function wrongTarget(from, to) {
  const here = layerOf(from) ?? '';
  const there = layerOf(to) ?? '';
  if (here === there) return null;
  if (!LAYERS.includes(there)) return `src/ and cli/ may only import from src/, not '${to}'`;
  if (here === 'cli') return there === 'view' ? 'cli may not import view' : null;
  if (here === 'view' || here === 'main') {
    const door = there in VIEW_DOORS ? VIEW_DOORS[/** @type {'engine'} */ (there)] : null;
    if (door === null || door.test(to)) return null;
    return there === 'engine'
      ? 'the view may not import engine: it talks to a trainer'
      : 'the view may only import trainer/protocol and trainer/client';
  }
  return LAYERS.indexOf(there) < LAYERS.indexOf(here)
    ? null
    : `${here} comes before ${there}: ${LAYERS.join(' <- ')}`;
}

/**
 * @param {string} from
 * @param {string} name of a package, as imported
 * @returns {string | null}
 */
function wrongPackage(from, name) {
  const here = layerOf(from) ?? '';
  if (here === 'cli') return null;
  // The address of a file, not its code: a host tells the engine where its binaries lie.
  if (name.endsWith('?url')) return null;
  if (name.startsWith('node:')) return 'src/ runs in the browser';
  const rule = PACKAGE_OWNERS.find((candidate) => candidate.name.test(name));
  if (rule === undefined || rule.owner === here) return null;
  if (rule.owner === 'view' && here === 'main') return null;
  return `${rule.what} belongs to ${rule.owner} alone`;
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {string[]} paths from the root, with forward slashes
 */
function sourcesBelow(root, folder) {
  const place = path.join(root, folder);
  if (!existsSync(place)) return [];
  return readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|svelte)$/.test(name) && !name.endsWith('.d.ts'))
    .map((name) => path.posix.join(folder, name.split(path.sep).join('/')))
    .sort();
}

/**
 * @param {string} root
 * @param {string} target path from the root without its ending
 * @returns {string | null} path from the root of the file it names
 */
function resolveRelative(root, target) {
  for (const ending of ENDINGS) {
    const file = path.join(root, target + ending);
    if (existsSync(file) && statSync(file).isFile()) return target + ending;
  }
  return null;
}

/**
 * @param {Map<string, string[]>} graph
 * @returns {Problem[]} one per cycle of imports
 */
function cycles(graph) {
  /** @type {Problem[]} */
  const found = [];
  /** @type {Set<string>} */
  const done = new Set();
  /** @param {string} file @param {string[]} trail */
  const visit = (file, trail) => {
    const start = trail.indexOf(file);
    if (start >= 0) {
      const loop = [...trail.slice(start), file].join(' -> ');
      found.push({
        file,
        specifier: trail[start + 1] ?? file,
        why: `imports in a circle: ${loop}`,
      });
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

/**
 * Checks every import in src/ and cli/ against the layers.
 *
 * @param {string} root
 * @returns {{ files: number, imports: number, problems: Problem[] }}
 */
export function checkLayers(root) {
  /** @type {Problem[]} */
  const problems = [];
  /** @type {Map<string, string[]>} */
  const graph = new Map();
  let imports = 0;
  for (const file of [...sourcesBelow(root, 'src'), ...sourcesBelow(root, 'cli')]) {
    /** @type {string[]} */
    const targets = [];
    graph.set(file, targets);
    if (file.startsWith('src/') && !['main', ...LAYERS].includes(layerOf(file) ?? '')) {
      problems.push({ file, specifier: '', why: `src/${layerOf(file)} is not a layer` });
      continue;
    }
    for (const specifier of importsOf(file, readFileSync(path.join(root, file), 'utf8'))) {
      imports++;
      const bare = specifier.replace(/\?.*$/, '');
      /** @param {string | null} why */
      const report = (why) => why !== null && problems.push({ file, specifier, why });
      if (!bare.startsWith('.')) {
        report(wrongPackage(file, specifier));
        continue;
      }
      const target = path.posix.join(path.posix.dirname(file), bare);
      report(wrongTarget(file, target));
      const resolved = resolveRelative(root, target);
      if (resolved !== null && /\.(ts|svelte)$/.test(resolved)) targets.push(resolved);
    }
  }
  return { files: graph.size, imports, problems: [...problems, ...cycles(graph)] };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { files, imports, problems } = checkLayers(process.argv[2] ?? ROOT);
  for (const { file, specifier, why } of problems) console.error(`${file}: '${specifier}': ${why}`);
  console.log(`Layers: ${imports} imports in ${files} files, ${problems.length} wrong.`);
  // A check that saw nothing has not checked anything.
  if (problems.length > 0 || imports === 0) process.exitCode = 1;
}
