// Writes the published JSON Schema of the trace format from the valibot types that the reader uses.
//   node scripts/trace-schema.mjs           write it
//   node scripts/trace-schema.mjs --check   fail when the committed file is out of date
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { toJsonSchema } from '@valibot/to-json-schema';
import { format, resolveConfig } from 'prettier';
import { runnerImport } from 'vite';

const root = new URL('../', import.meta.url);

/** What JSON Schema cannot state. The reader checks it all the same; docs/trace-format.md lists it. */
const CODE_ONLY = new Set(['finite', 'check']);

/** @param {string} path */
async function schemaText(path) {
  /** @param {string} file */
  const load = async (file) =>
    (
      await runnerImport(fileURLToPath(new URL(file, root)), {
        configFile: false,
        root: fileURLToPath(root),
      })
    ).module;
  const { TraceDocumentSchema } = await load('src/trace/schema.ts');
  const { TRACE_FORMAT, TRACE_VERSION } = await load('src/trace/types.ts');
  const { $schema, ...schema } = toJsonSchema(TraceDocumentSchema, {
    target: 'draft-2020-12',
    overrideAction: ({ valibotAction, jsonSchema }) =>
      CODE_ONLY.has(valibotAction.type) ? jsonSchema : undefined,
  });
  const document = {
    $schema,
    title: `${TRACE_FORMAT} ${TRACE_VERSION}`,
    description:
      'Runs of Alphascope: configuration, one record per epoch, events. Alpha has six rows (edges ' +
      '1<-0, 2<-0, 2<-1, 3<-0, 3<-1, 3<-2) and one column per operation of the run.',
    ...schema,
  };
  return format(JSON.stringify(document), { ...(await resolveConfig(path)), filepath: path });
}

const file = fileURLToPath(new URL('public/schema/alphascope-trace-1.json', root));
const text = await schemaText(file);
if (process.argv.includes('--check')) {
  const committed = await readFile(file, 'utf8').catch(() => '');
  if (committed !== text) {
    console.error(`${file} is out of date: run node scripts/trace-schema.mjs`);
    process.exit(1);
  }
} else {
  await writeFile(file, text);
}
