// Writes the published JSON Schemas of the trace format, one for every version, from the valibot types that the reader uses.
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

/**
 * @param {number} version of the format
 * @param {string} path
 */
async function schemaText(version, path) {
  /** @param {string} file */
  const load = async (file) =>
    (
      await runnerImport(fileURLToPath(new URL(file, root)), {
        configFile: false,
        root: fileURLToPath(root),
      })
    ).module;
  const { TRACE_DOCUMENT_SCHEMAS } = await load('src/trace/schema.ts');
  const { TRACE_FORMAT } = await load('src/trace/types.ts');
  const { $schema, ...schema } = toJsonSchema(TRACE_DOCUMENT_SCHEMAS[version - 1], {
    target: 'draft-2020-12',
    overrideAction: ({ valibotAction, jsonSchema }) =>
      CODE_ONLY.has(valibotAction.type) ? jsonSchema : undefined,
  });
  const document = {
    $schema,
    title: `${TRACE_FORMAT} ${version}`,
    description:
      'Runs of Alphascope: configuration, one record per epoch, events. Alpha has six rows (edges ' +
      '1<-0, 2<-0, 2<-1, 3<-0, 3<-1, 3<-2) and one column per operation of the run.',
    ...schema,
  };
  return format(JSON.stringify(document), { ...(await resolveConfig(path)), filepath: path });
}

for (const version of [1, 2]) {
  const file = fileURLToPath(new URL(`public/schema/alphascope-trace-${version}.json`, root));
  const text = await schemaText(version, file);
  if (process.argv.includes('--check')) {
    const committed = await readFile(file, 'utf8').catch(() => '');
    if (committed !== text) {
      console.error(`${file} is out of date: run node scripts/trace-schema.mjs`);
      process.exit(1);
    }
  } else {
    await writeFile(file, text);
  }
}
