import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';
import { prepareData } from './prepare-data.mjs';
import { buildName } from './version.mjs';

/* Bundles a command of cli/ and runs it: node scripts/cli.mjs NAME [flags]. */

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const [name = '', ...flags] = process.argv.slice(2);
const outDir = path.join(root, '.cache', 'cli');

// tfjs's wasm module asks Node for its own folder the CommonJS way.
const banner = [
  "import { createRequire as requireOf } from 'node:module';",
  "import { dirname as folderOf } from 'node:path';",
  "import { fileURLToPath as pathOf } from 'node:url';",
  'var require = requireOf(import.meta.url);',
  'var __filename = pathOf(import.meta.url);',
  'var __dirname = folderOf(__filename);',
].join('\n');

await prepareData(root, { log: () => undefined });
await build({
  configFile: false,
  root,
  logLevel: 'error',
  publicDir: false,
  define: { __BUILD__: JSON.stringify(buildName(root)) },
  ssr: { noExternal: true },
  build: {
    ssr: path.join(root, 'cli', `${name}.ts`),
    outDir,
    emptyOutDir: false,
    target: 'node20',
    rolldownOptions: { output: { entryFileNames: '[name].mjs', codeSplitting: false, banner } },
  },
});
process.argv = [process.argv[0] ?? 'node', name, ...flags];
process.chdir(root);
await import(pathToFileURL(path.join(outDir, `${name}.mjs`)).href);
