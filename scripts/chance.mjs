// Writes the false-positive rates of the claims (docs/protocol.md, "Chance"), which the page and the
// verdicts show: node scripts/chance.mjs. A test computes them again.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { runnerImport } from 'vite';

const root = new URL('../', import.meta.url);

/** @param {string} file */
const load = async (file) =>
  (
    await runnerImport(fileURLToPath(new URL(file, root)), {
      configFile: false,
      root: fileURLToPath(root),
    })
  ).module;

const { CLAIMS } = await load('src/paper/claim/registry.ts');
const { chancesOf } = await load('src/paper/claim/chance.ts');
const file = fileURLToPath(new URL('src/paper/claim/chance-rates.json', root));
const chances = chancesOf(CLAIMS);
const rates = Object.fromEntries(
  CLAIMS.map((/** @type {{ id: string }} */ { id }, /** @type {number} */ at) => [id, chances[at]]),
);
await writeFile(
  file,
  await format(JSON.stringify(rates), { ...(await resolveConfig(file)), filepath: file }),
);
