/**
 * A buffer serves what needs an eighth of it or more. Tighter bounds leave more buffers idle and no bound
 * lets small tensors sit in large ones; over sizes from 4 channels to `paper` this is about the least.
 */
const LARGEST = 8;

/**
 * Released buffers that serve again: for a request the smallest that is large enough, unless that would
 * waste it.
 */
export class Arena<Buffer extends { readonly size: number }> {
  /** The smallest first. */
  private readonly released: Buffer[] = [];

  /** @param size bytes */
  take(size: number): Buffer | null {
    const at = this.released.findIndex((buffer) => buffer.size >= size);
    const found = this.released[at];
    if (!found || found.size > LARGEST * size) return null;
    this.released.splice(at, 1);
    return found;
  }

  put(buffer: Buffer): void {
    const at = this.released.findIndex(({ size }) => size >= buffer.size);
    this.released.splice(at < 0 ? this.released.length : at, 0, buffer);
  }
}
