import { grouped, unshared } from './bytes';
import { DataError } from './error';

const BLOCK = 512;

export interface TarFile {
  readonly name: string;
  readonly size: number;
  /** The content. To be called before the next file is asked for, or not at all. */
  read(): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * The regular files of a gzipped tar archive, unpacked as they are asked for: one file is in memory
 * at a time.
 *
 * @param archive its name, for messages.
 * @throws DataError when the archive is damaged, cut off, no tar, or unpacks to more than `limit`.
 */
export async function* filesOfTarGz(
  archive: string,
  bytes: Uint8Array,
  limit: number,
): AsyncGenerator<TarFile> {
  const source = new ByteSource(archive, bytes, limit);
  try {
    for (;;) {
      const header = await source.take(BLOCK);
      if (header.every((byte) => byte === 0)) return;
      checkHeader(archive, header, source.position - BLOCK);
      const size = numberAt(header, 124, 12);
      const padding = (BLOCK - (size % BLOCK)) % BLOCK;
      const kind = header[156];
      let isRead = false;
      if (kind === 0 || kind === 0x30) {
        yield {
          name: nameOf(header),
          size,
          read: () => {
            isRead = true;
            return source.take(size);
          },
        };
      }
      await source.skip(isRead ? padding : size + padding);
    }
  } finally {
    await source.close();
  }
}

/** Reads an unpacked stream in pieces of any size. */
class ByteSource {
  readonly #archive: string;
  readonly #limit: number;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  /** Unpacked bytes handed out so far. */
  position = 0;

  constructor(archive: string, bytes: Uint8Array, limit: number) {
    this.#archive = archive;
    this.#limit = limit;
    this.#reader = new Blob([unshared(bytes)])
      .stream()
      .pipeThrough(new DecompressionStream('gzip'))
      .getReader();
  }

  async take(count: number): Promise<Uint8Array<ArrayBuffer>> {
    this.#checkLimit(count);
    const piece = new Uint8Array(count);
    await this.#advance(count, (bytes, at) => piece.set(bytes, at));
    return piece;
  }

  async skip(count: number): Promise<void> {
    this.#checkLimit(count);
    await this.#advance(count, () => undefined);
  }

  async close(): Promise<void> {
    // A stream that failed rejects its own cancellation with the failure already reported.
    await this.#reader.cancel().catch(() => undefined);
  }

  async #advance(count: number, use: (bytes: Uint8Array, at: number) => void): Promise<void> {
    let done = 0;
    while (done < count) {
      if (this.#chunk.length === 0) this.#chunk = await this.#next();
      const bytes = this.#chunk.subarray(0, count - done);
      use(bytes, done);
      this.#chunk = this.#chunk.subarray(bytes.length);
      done += bytes.length;
      this.position += bytes.length;
    }
  }

  async #next(): Promise<Uint8Array> {
    let result: ReadableStreamReadResult<Uint8Array>;
    try {
      result = await this.#reader.read();
    } catch {
      throw new DataError(
        `Refused: ${this.#archive} is cut off or damaged: it cannot be unpacked beyond ` +
          `${grouped(this.position)} bytes of content.`,
      );
    }
    if (!result.done) return result.value;
    throw new DataError(
      `Refused: ${this.#archive} is cut off: its content ends after ` +
        `${grouped(this.position)} bytes, inside a file.`,
    );
  }

  #checkLimit(count: number): void {
    if (this.position + count <= this.#limit) return;
    throw new DataError(
      `Refused: ${this.#archive} unpacks to more than ${grouped(this.#limit)} bytes, ` +
        'which is more than CIFAR-10 holds.',
    );
  }
}

/** The header's checksum counts its own eight bytes as spaces. */
function checkHeader(archive: string, header: Uint8Array, position: number): void {
  const sum = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte), 0);
  if (sum === numberAt(header, 148, 8)) return;
  throw new DataError(
    position === 0
      ? `Refused: ${archive} is a gzip file, but no tar archive is inside.`
      : `Refused: ${archive} is damaged: no tar header at byte ${grouped(position)} of its content.`,
  );
}

/** An octal field; NaN, which equals nothing, when it is not octal. */
function numberAt(header: Uint8Array, start: number, length: number): number {
  const digits = textAt(header, start, length).trim();
  return /^[0-7]+$/.test(digits) ? parseInt(digits, 8) : NaN;
}

function nameOf(header: Uint8Array): string {
  const name = textAt(header, 0, 100);
  const prefix = textAt(header, 257, 5) === 'ustar' ? textAt(header, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** Up to the first zero byte. */
function textAt(header: Uint8Array, start: number, length: number): string {
  const field = header.subarray(start, start + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}
