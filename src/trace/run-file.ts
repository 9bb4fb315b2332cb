import { readFigure, type FigureView } from './figure';
import { MAX_TRACE_BYTES } from './read';
import type { TraceRun } from './types';
import { readBounded, readTraceFile, unpackedText } from './unpack';

/** Runs from a file, and the view that it was a picture of, if it was one. */
export interface RunFile {
  readonly runs: TraceRun[];
  readonly view: FigureView | null;
}

/**
 * Reads a file that holds runs: a trace, plain or packed, or a figure that carries its data. Which of
 * them it is, its first characters tell. One that is too large is not read at all.
 *
 * @throws TraceError at the first thing wrong.
 */
export async function readRunFile(blob: Blob, maxBytes = MAX_TRACE_BYTES): Promise<RunFile> {
  const bytes = await readBounded(blob, maxBytes);
  if (isMarkup(bytes)) return readFigure(await unpackedText(bytes, maxBytes), maxBytes);
  return { ...(await readTraceFile(bytes, maxBytes)), view: null };
}

/** Behind white space and a byte order mark there is a `<`, with which no JSON begins. */
function isMarkup(bytes: Uint8Array): boolean {
  const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const first = bytes.subarray(mark).find((byte) => byte > 0x20);
  return first === 0x3c;
}
