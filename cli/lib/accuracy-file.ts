import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { lookupOf, usualColumn, type Lookup } from '../../src/paper/table/lookup';
import { MAX_TABLE_BYTES, TableReader } from '../../src/paper/table/read';
import type { TableContent } from '../../src/paper/table/table';
import { contentOf as scaledContentOf, readScaledTable } from '../../src/trace/scaled-table';
import { whyUnfit, type UnfitTable } from '../../src/paper/accuracy-table';
import { BENCH_SCALE } from '../../src/paper/experiment/bench';
import { CELL_SPACE_KEYS, type SpaceKey } from '../../src/paper/space/space';
import { shippedTableName } from '../../src/trace/scaled-table';
import { isMissing } from './files';
import { oneOf, UsageError } from './flags';
import { reasonOf } from './recordings';

/**
 * One column of a table of accuracies in a CSV file (docs/tables.md).
 *
 * @param flag that named the file
 * @param column its key in the header; null for the usual one.
 * @throws UsageError with the file, and the row where one is wrong.
 */
export async function readAccuracies(
  flag: string,
  file: string,
  column: string | null,
): Promise<Lookup> {
  const content = await readTable(flag, file);
  const keys = content.columns.map(({ key }) => key);
  return lookupOf(
    content,
    column === null ? usualColumn(content) : oneOf('--column', column, keys),
  );
}

/**
 * All columns of such a file.
 *
 * @param flag that named the file
 * @throws UsageError with the file, and the row where one is wrong.
 */
export async function readTable(flag: string, name: string): Promise<TableContent> {
  const file = path.resolve(name);
  try {
    const { size } = await stat(file);
    if (size > MAX_TABLE_BYTES) {
      throw new Error(`it has ${size} bytes; at most ${MAX_TABLE_BYTES} are read.`);
    }
    if (/\.json(\.gz)?$/.test(file)) return await scaledContent(file);
    const reader = new TableReader(path.basename(file));
    for await (const text of createReadStream(file, 'utf8')) reader.push(text as string);
    return reader.end();
  } catch (error) {
    throw new UsageError(`${flag}: ${file}: ${reasonOf(error)}`);
  }
}

/** Of a table that `npm run scaled-table` made. */
async function scaledContent(file: string): Promise<TableContent> {
  const content = scaledContentOf(await readScaledTable(new Uint8Array(await readFile(file))));
  const why = whyUnfit(lookupOf(content, usualColumn(content)), content.trained!.noise);
  if (why === null) return content;
  throw new Error(`claims are not judged with it, since ${why} (docs/protocol.md, amendment 1)`);
}

/** The tables that ship with the page. */
export interface ShippedTables {
  /** Those that judge, of a space one at most. */
  readonly tables: readonly Lookup[];
  readonly unfit: readonly UnfitTable[];
}

/**
 * Reads the tables in the folder of those that ship.
 *
 * @param except spaces whose table is not wanted
 * @throws Error with the file when one is damaged
 */
export async function readShipped(
  folder: string,
  except: readonly SpaceKey[] = [],
): Promise<ShippedTables> {
  const tables: Lookup[] = [];
  const unfit: UnfitTable[] = [];
  for (const space of CELL_SPACE_KEYS.filter((key) => !except.includes(key))) {
    const file = path.join(folder, shippedTableName(BENCH_SCALE, space));
    try {
      const table = await readScaledTable(new Uint8Array(await readFile(file)));
      const content = scaledContentOf(table);
      const lookup = lookupOf(content, usualColumn(content));
      const why = whyUnfit(lookup, content.trained!.noise);
      if (why === null) tables.push(lookup);
      else unfit.push({ name: lookup.name, space: lookup.space, why });
    } catch (error) {
      if (!isMissing(error)) throw new Error(`${file}: ${reasonOf(error)}`, { cause: error });
    }
  }
  return { tables, unfit };
}
