import { MAX_TABLE_BYTES, TableReader } from '../../paper/table/read';
import type { StoredTable } from '../../store/stored-table';
import { tableDigest } from '../../trace/digest';
import { contentOf, readScaledTable, SCALED_TABLE_FORMAT } from '../../trace/scaled-table';
import { bytes as size } from '../format';

/** Enough to see what a file is. */
const GLANCE = 256;

const JSON_NAME = /\.json(\.gz)?$/i;
/** Canonical JSON has its keys in order: only a table has `builds` first. Others may put the format there. */
const OWN_TABLE = new RegExp(`^\\s*\\{\\s*"(builds"|format"\\s*:\\s*"${SCALED_TABLE_FORMAT}")`);

/**
 * Whether a file is meant as a table of accuracies rather than a trace, told by its first
 * characters: text that is neither JSON nor markup, or JSON that begins as our own tables do. What
 * comes of it is for {@link tableIn} to say.
 */
export async function looksLikeTable(file: File): Promise<boolean> {
  if (JSON_NAME.test(file.name)) return OWN_TABLE.test(await firstText(file));
  const start = new Uint8Array(await file.slice(0, GLANCE).arrayBuffer());
  // Control characters but tab and line ends: packed, or no text at all.
  const isText = start.every((byte) => byte >= 32 || (byte >= 9 && byte <= 13));
  return isText && start.length > 0 && !/^\s*[{[<]/.test(new TextDecoder().decode(start));
}

/**
 * Reads a table of accuracies, for a worker: CSV, or what `npm run scaled-table` writes.
 *
 * @throws TableError or TraceError with the place of what is wrong, or Error for a file that is too
 *   large or no UTF-8 text.
 */
export async function tableIn(file: File): Promise<StoredTable> {
  if (JSON_NAME.test(file.name)) return scaledTableIn(file, file.name);
  return csvTableIn(file);
}

/** A table that `npm run scaled-table` made, plain or packed. @throws TraceError */
export async function scaledTableIn(file: File, source: string): Promise<StoredTable> {
  if (file.size > MAX_TABLE_BYTES) throw tooLarge(file);
  const table = await readScaledTable(new Uint8Array(await file.arrayBuffer()));
  const content = contentOf(table);
  return { ...content, id: await tableDigest(content), source, addedAt: table.updatedAt };
}

/** Reads piece by piece. */
async function csvTableIn(file: File): Promise<StoredTable> {
  if (file.size > MAX_TABLE_BYTES) throw tooLarge(file);
  const table = new TableReader(file.name);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for (const bytes = file.stream().getReader(); ;) {
    const { done, value } = await bytes.read();
    table.push(textOf(decoder, value));
    if (done) break;
  }
  const content = table.end();
  const addedAt = new Date().toISOString();
  return { ...content, id: await tableDigest(content), source: file.name, addedAt };
}

function tooLarge(file: File): Error {
  return new Error(`It has ${size(file.size)}; at most ${size(MAX_TABLE_BYTES)} are read.`);
}

/** Unpacked where it is packed; empty for what is neither. Of a packed file a little, since it may be a bomb. */
async function firstText(file: File): Promise<string> {
  const start = file.slice(0, 4 * GLANCE).stream();
  const stream: ReadableStream<Uint8Array<ArrayBuffer>> = /\.gz$/i.test(file.name)
    ? start.pipeThrough(new DecompressionStream('gzip'))
    : start;
  const reader = stream.getReader();
  try {
    const { value } = await reader.read();
    return new TextDecoder().decode(value?.subarray(0, GLANCE));
  } catch {
    return '';
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** The next piece of a text; undefined ends it. */
function textOf(decoder: TextDecoder, piece: Uint8Array | undefined): string {
  try {
    return decoder.decode(piece, { stream: piece !== undefined });
  } catch {
    throw new Error('It is no text in UTF-8.');
  }
}
