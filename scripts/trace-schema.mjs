// Writes the published JSON Schemas of traces, one for every version, and archives from the valibot types that the reader uses.
//   node scripts/trace-schema.mjs           write them
//   node scripts/trace-schema.mjs --check   fail when a committed file is out of date
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { toJsonSchema } from '@valibot/to-json-schema';
import { format, resolveConfig } from 'prettier';
import { runnerImport } from 'vite';

const root = new URL('../', import.meta.url);

/** What JSON Schema cannot state. The reader checks it all the same; docs/trace-format.md lists it. */
const CODE_ONLY = new Set(['finite', 'check']);

/** @param {string} file */
const load = async (file) =>
  (
    await runnerImport(fileURLToPath(new URL(file, root)), {
      configFile: false,
      root: fileURLToPath(root),
    })
  ).module;

/**
 * @param {any} type
 * @param {string} title
 * @param {string} description
 * @param {string} path
 */
async function schemaText(type, title, description, path) {
  const { $schema, ...schema } = toJsonSchema(type, {
    target: 'draft-2020-12',
    overrideAction: ({ valibotAction, jsonSchema }) =>
      CODE_ONLY.has(valibotAction.type) ? jsonSchema : undefined,
  });
  const document = { $schema, title, description, ...schema };
  return format(JSON.stringify(document), { ...(await resolveConfig(path)), filepath: path });
}

const { TRACE_DOCUMENT_SCHEMAS } = await load('src/trace/schema.ts');
const { TRACE_FORMAT } = await load('src/trace/types.ts');
const { ArchiveDocumentSchema, ARCHIVE_FORMAT, ARCHIVE_VERSION } = await load(
  'src/trace/archive-schema.ts',
);
const ALPHA =
  'Alpha has six rows (edges 1<-0, 2<-0, 2<-1, 3<-0, 3<-1, 3<-2) and one column per operation of the run.';
const DOCUMENTS = [
  ...TRACE_DOCUMENT_SCHEMAS.map((/** @type {any} */ type, /** @type {number} */ at) => ({
    type,
    title: `${TRACE_FORMAT} ${at + 1}`,
    description: `Runs of Alphascope: configuration, one record per epoch, events. ${ALPHA}`,
  })),
  {
    type: ArchiveDocumentSchema,
    title: `${ARCHIVE_FORMAT} ${ARCHIVE_VERSION}`,
    description: `All that a browser holds of Alphascope: runs as in a trace, results of cells, tables of accuracies, and the state of what is unfinished (tensors as base64 of 32-bit floats, little-endian). ${ALPHA}`,
  },
];

for (const { type, title, description } of DOCUMENTS) {
  const name = `public/schema/${title.replace(' ', '-')}.json`;
  const file = fileURLToPath(new URL(name, root));
  const text = await schemaText(type, title, description, file);
  if (!process.argv.includes('--check')) await writeFile(file, text);
  else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    console.error(`${file} is out of date: run node scripts/trace-schema.mjs`);
    process.exitCode = 1;
  }
}
