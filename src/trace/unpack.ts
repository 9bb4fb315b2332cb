import { TraceError } from './error';
import { MAX_TRACE_BYTES, readTrace } from './read';
import type { TraceRun } from './types';

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

/** The text of a file, plain or packed by gzip. @throws TraceError */
export async function unpackedText(
  bytes: Uint8Array<ArrayBuffer>,
  maxBytes: number,
): Promise<string> {
  if (bytes.length > maxBytes) {
    throw new TraceError([], `is too large: at most ${maxBytes} bytes are read`);
  }
  return textOf(isPacked(bytes) ? await unpack(bytes, maxBytes) : bytes);
}

function isPacked(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function unpack(
  bytes: Uint8Array<ArrayBuffer>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = new Blob([bytes])
    .stream()
    .pipeThrough(new DecompressionStream('gzip'))
    .getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for (;;) {
    let result;
    try {
      result = await reader.read();
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      throw new TraceError([], `is packed, and cut off or damaged: ${detail}`);
    }
    if (result.done) break;
    size += result.value.length;
    if (size > maxBytes) {
      // A stream that failed meanwhile rejects its own cancellation.
      await reader.cancel().catch(() => undefined);
      throw new TraceError([], `is too large: at most ${maxBytes} bytes are unpacked`);
    }
    chunks.push(result.value);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new TraceError([], 'is no text in UTF-8');
  }
}
