import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundle } from './bundle.mjs';
import { prepareData } from './prepare-data.mjs';

/* Bundles a command of cli/ and runs it: node scripts/cli.mjs NAME [flags]. */

/** Commands that only read traces or tables: they wait for no images. */
const READERS = ['record', 'merge', 'verdicts', 'tabular'];

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [name = '', ...flags] = process.argv.slice(2);

if (!READERS.includes(name)) await prepareData(root, { log: () => undefined });
const file = await bundle(root, name);
process.argv = [process.argv[0] ?? 'node', file, ...flags];
await import(pathToFileURL(file).href);
