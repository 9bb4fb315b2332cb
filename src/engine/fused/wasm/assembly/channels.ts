import { get, put } from './lanes';

/**
 * Copies `channels` neighbouring floats of each row.
 *
 * @param fromStride,toStride floats from one row to the next
 */
export function copyChannels(
  from: usize,
  to: usize,
  rows: i32,
  fromStride: i32,
  toStride: i32,
  channels: i32,
): void {
  const bytes = <usize>channels * 4;
  const wide = bytes & ~15;
  const n = channels & 3;
  for (let row = 0; row < rows; row++) {
    for (let c: usize = 0; c < wide; c += 16) v128.store(to + c, v128.load(from + c));
    if (n > 0) put(to + wide, get(from + wide, n), n);
    from += <usize>fromStride * 4;
    to += <usize>toStride * 4;
  }
}
