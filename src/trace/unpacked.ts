import { TraceError } from './error';

/** The text of a file, plain or packed by gzip. @throws TraceError */
export async function unpackedText(
  bytes: Uint8Array<ArrayBuffer>,
  maxBytes: number,
): Promise<string> {
  return textOf(await unpackedBytes(bytes, maxBytes));
}

/** The bytes of a file, plain or packed by gzip. @throws TraceError */
export async function unpackedBytes(
  bytes: Uint8Array<ArrayBuffer>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (bytes.length > maxBytes) {
    throw new TraceError([], `is too large: at most ${maxBytes} bytes are read`);
  }
  return isPacked(bytes) ? unpack(bytes, maxBytes) : bytes;
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
