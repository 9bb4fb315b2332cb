import { DataError } from './error';

/** The same bytes over an ArrayBuffer, as the platform's interfaces ask; copied only when shared. */
export function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = bytes;
  return buffer instanceof ArrayBuffer
    ? new Uint8Array(buffer, byteOffset, byteLength)
    : new Uint8Array(bytes);
}

/** The pieces in a row, in one new array. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/**
 * SHA-256 as 64 lower-case hexadecimal digits.
 *
 * @throws DataError on a page that is neither https nor localhost: browsers hide their digests there.
 */
export async function sha256(bytes: Uint8Array): Promise<string> {
  const subtle = (globalThis as { crypto?: { subtle?: SubtleCrypto } }).crypto?.subtle;
  if (!subtle) {
    throw new DataError(
      'The data cannot be verified: SHA-256 is only available on https pages and on localhost.',
    );
  }
  const digest = new Uint8Array(await subtle.digest('SHA-256', unshared(bytes)));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** With thousands separators, the same in every locale: `30,730,000`. */
export function grouped(n: number): string {
  return n.toLocaleString('en-US');
}
