import { MAX_TABLE_BYTES, TableReader } from '../../paper/table/read';
import type { StoredTable } from '../../store/stored-table';
import { tableDigest } from '../../trace/digest';
import { bytes as size } from '../format';

/** Enough to see what a file is. */
const GLANCE = 256;

/**
 * Whether a file is meant as a table of accuracies rather than a trace, told by its first
 * characters: text that is neither JSON nor markup. What comes of it is for {@link tableIn} to say.
 */
export async function looksLikeTable(file: File): Promise<boolean> {
  if (/\.json$/i.test(file.name)) return false;
  const start = new Uint8Array(await file.slice(0, GLANCE).arrayBuffer());
  // Control characters but tab and line ends: packed, or no text at all.
  const isText = start.every((byte) => byte >= 32 || (byte >= 9 && byte <= 13));
  return isText && start.length > 0 && !/^\s*[{[<]/.test(new TextDecoder().decode(start));
}

/**
 * Reads a CSV file piece by piece; for a worker.
 *
 * @throws TableError, or Error for a file that is too large or no UTF-8 text.
 */
export async function tableIn(file: File): Promise<StoredTable> {
  if (file.size > MAX_TABLE_BYTES) {
    throw new Error(`It has ${size(file.size)}; at most ${size(MAX_TABLE_BYTES)} are read.`);
  }
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

/** The next piece of a text; undefined ends it. */
function textOf(decoder: TextDecoder, piece: Uint8Array | undefined): string {
  try {
    return decoder.decode(piece, { stream: piece !== undefined });
  } catch {
    throw new Error('It is no text in UTF-8.');
  }
}
