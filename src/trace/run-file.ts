import { isMarkup, readFigure, type FigureView } from './figure';
import { MAX_TRACE_BYTES, readTrace } from './read';
import type { TraceRun } from './types';
import { blobText } from './unpack';

/** Runs from a file, and the view that it was a picture of, if it was one. */
export interface RunFile {
  readonly runs: TraceRun[];
  readonly view: FigureView | null;
}

/**
 * Reads a file that holds runs: a trace or an archive, plain or packed, or a figure that carries its
 * data. Which of them it is, its first characters tell. One that is too large is not read at all.
 *
 * @throws TraceError at the first thing wrong.
 */
export async function readRunFile(blob: Blob, maxBytes = MAX_TRACE_BYTES): Promise<RunFile> {
  const text = await blobText(blob, maxBytes);
  if (isMarkup(text)) return readFigure(text, maxBytes);
  return { ...(await readTrace(text, { maxBytes })), view: null };
}
