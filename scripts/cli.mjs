import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundle } from './bundle.mjs';
import { prepareData } from './prepare-data.mjs';

/* Bundles a command of cli/ and runs it: node scripts/cli.mjs NAME [flags]. */

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [name = '', ...flags] = process.argv.slice(2);

await prepareData(root, { log: () => undefined });
const file = await bundle(root, name);
process.argv = [process.argv[0] ?? 'node', file, ...flags];
await import(pathToFileURL(file).href);
