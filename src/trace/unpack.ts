import { TraceError } from './error';
import { MAX_TRACE_BYTES, readTrace } from './read';
import type { TraceRun } from './types';
import { unpackedText } from './unpacked';

/**
 * Reads a trace file, plain or packed by gzip, as {@link readTrace} reads its text. Which of the two
 * it is, its first bytes tell: a host may unpack what it sends, whatever the file is called.
 *
 * @param maxBytes cap on the unpacked size; what is packed is read no further than that.
 * @throws TraceError at the first thing wrong.
 */
export async function readTraceFile(
  bytes: Uint8Array<ArrayBuffer>,
  maxBytes = MAX_TRACE_BYTES,
): Promise<{ runs: TraceRun[] }> {
  return readTrace(await unpackedText(bytes, maxBytes), { maxBytes });
}

/**
 * The same of a file that is not in memory yet: one that is too large is not read at all.
 *
 * @throws TraceError
 */
export async function readTraceBlob(
  blob: Blob,
  maxBytes = MAX_TRACE_BYTES,
): Promise<{ runs: TraceRun[] }> {
  return readTrace(await blobText(blob, maxBytes), { maxBytes });
}

/** The text of a file that is not in memory yet, plain or packed by gzip. @throws TraceError */
export async function blobText(blob: Blob, maxBytes: number): Promise<string> {
  if (blob.size > maxBytes) {
    throw new TraceError(
      [],
      `is too large: it has ${blob.size} bytes, at most ${maxBytes} are read`,
    );
  }
  return unpackedText(new Uint8Array(await blob.arrayBuffer()), maxBytes);
}
