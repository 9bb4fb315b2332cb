import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'vite';
import { buildName } from './version.mjs';

/** For the top of a bundle: tfjs's wasm module asks Node for its own folder the CommonJS way. */
export const NODE_GLOBALS = [
  "import { createRequire as requireOf } from 'node:module';",
  "import { dirname as folderOf } from 'node:path';",
  "import { fileURLToPath as pathOf } from 'node:url';",
  'var require = requireOf(import.meta.url);',
  'var __filename = pathOf(import.meta.url);',
  'var __dirname = folderOf(__filename);',
].join('\n');

/**
 * Bundles a command of cli/ into one module that needs no package but `webgpu`.
 *
 * @param {string} root
 * @param {string} name of the command
 * @returns {Promise<string>} the bundle's path
 */
export async function bundle(root, name) {
  const built = await build({
    configFile: false,
    root,
    logLevel: 'error',
    publicDir: false,
    define: { __BUILD__: JSON.stringify(buildName(root)) },
    // Dawn is a binary; it is loaded by the runs that ask for it.
    ssr: { noExternal: true, external: ['webgpu'] },
    build: {
      ssr: path.join(root, 'cli', `${name}.ts`),
      write: false,
      target: 'node20',
      rolldownOptions: { output: { codeSplitting: false, banner: NODE_GLOBALS } },
    },
  });
  const [output] = [built].flat();
  if (output === undefined || !('output' in output)) throw new Error(`${name} was not bundled.`);
  const folder = path.join(root, '.cache', 'cli');
  const file = path.join(folder, `${name}.mjs`);
  await mkdir(folder, { recursive: true });
  // Another command may be starting from the old one at this moment: it sees all of it or all of this.
  const part = `${file}.${randomUUID()}`;
  await writeFile(part, output.output[0].code);
  await rename(part, file);
  return file;
}
