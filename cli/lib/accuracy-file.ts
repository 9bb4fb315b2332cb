import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { lookupOf, usualColumn, type Lookup } from '../../src/paper/table/lookup';
import { MAX_TABLE_BYTES, TableReader } from '../../src/paper/table/read';
import { oneOf, UsageError } from './flags';
import { reasonOf } from './recordings';

/**
 * One column of a table of accuracies in a CSV file (docs/tables.md).
 *
 * @param column its key in the header; null for the usual one.
 * @throws UsageError with the file, and the row where one is wrong.
 */
export async function readAccuracies(file: string, column: string | null): Promise<Lookup> {
  const content = await contentOf(path.resolve(file));
  const keys = content.columns.map(({ key }) => key);
  return lookupOf(
    content,
    column === null ? usualColumn(content) : oneOf('--column', column, keys),
  );
}

async function contentOf(file: string) {
  try {
    const { size } = await stat(file);
    if (size > MAX_TABLE_BYTES) {
      throw new Error(`it has ${size} bytes; at most ${MAX_TABLE_BYTES} are read.`);
    }
    const reader = new TableReader(path.basename(file));
    for await (const text of createReadStream(file, 'utf8')) reader.push(text as string);
    return reader.end();
  } catch (error) {
    throw new UsageError(`--table: ${file}: ${reasonOf(error)}`);
  }
}
