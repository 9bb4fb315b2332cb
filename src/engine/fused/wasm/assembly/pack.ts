import { get } from './lanes';
import { isLive, nextChannel } from './live';

/** Output channels that a tile computes at once, while so many are left. */
export const WIDE: i32 = 8;

/** Channels of the group that starts at `channel`: 8 where there are as many, else up to 4. */
// @ts-ignore: decorator
@inline
export function groupAt(channel: i32, channels: i32): i32 {
  const left = channels - channel;
  return left >= WIDE ? WIDE : min(4, left);
}

/** Bytes of a packed filter: whole vectors for every row. */
export function packedBytes(rows: i32, columns: i32): usize {
  return <usize>(rows * ((columns + 3) & ~3)) * 4;
}

/**
 * A matrix `[rows, columns]` by groups of columns, each group in one piece.
 *
 * @param live,each of the columns, see `live.ts`; the place of the others is left as it was
 */
export function pack(
  matrix: usize,
  to: usize,
  rows: i32,
  columns: i32,
  live: i32,
  each: i32,
): void {
  const stride = <usize>columns * 4;
  for (let column = 0; column < columns; ) {
    const n = groupAt(column, columns);
    if (!isLive(live, each, column, n)) {
      to += <usize>rows * (n == WIDE ? 32 : 16);
      column += n;
      continue;
    }
    let from = matrix + <usize>column * 4;
    for (let row = 0; row < rows; row++) {
      v128.store(to, get(from, min(n, 4)));
      if (n == WIDE) v128.store(to, v128.load(from, 16), 16);
      to += n == WIDE ? 32 : 16;
      from += stride;
    }
    column += n;
  }
}

/**
 * The filter of a convolution's input gradient: taps of `[size, size, inputs, outputs]` with the
 * channels exchanged, packed by groups of inputs. Taps go from the given one on in steps: backwards
 * by one for stride 1, by two for stride 2.
 *
 * @param live,each of the outputs, see `live.ts`: the others are left out
 */
export function packTurned(
  filter: usize,
  to: usize,
  size: i32,
  inputs: i32,
  outputs: i32,
  fromY: i32,
  countY: i32,
  fromX: i32,
  countX: i32,
  step: i32,
  live: i32,
  each: i32,
): void {
  for (let input = 0; input < inputs; ) {
    const n = groupAt(input, inputs);
    const row: usize = n == WIDE ? 32 : 16;
    for (let i = 0; i < countY; i++) {
      for (let j = 0; j < countX; j++) {
        const tap = (fromY - i * step) * size + fromX - j * step;
        const from = filter + <usize>((tap * inputs + input) * outputs) * 4;
        let first = nextChannel(live, each, 0, outputs, true);
        while (first < outputs) {
          const end = nextChannel(live, each, first, outputs, false);
          const p = from + <usize>first * 4;
          turn(p, to, min(n, 4), end - first, outputs, row);
          if (n == WIDE) turn(p + <usize>outputs * 16, to + 16, 4, end - first, outputs, row);
          to += <usize>(end - first) * row;
          first = nextChannel(live, each, end, outputs, true);
        }
      }
    }
    input += n;
  }
}

/**
 * Transposes `[n, columns]`, whose rows lie `width` floats apart, to `[columns, 4]`, whose rows lie `row`
 * bytes apart.
 */
function turn(from: usize, to: usize, n: i32, columns: i32, width: i32, row: usize): void {
  const stride = <usize>width * 4;
  let column = 0;
  if (n == 4) {
    for (; column + 4 <= columns; column += 4) {
      const a = v128.load(from);
      const b = v128.load(from + stride);
      const c = v128.load(from + 2 * stride);
      const d = v128.load(from + 3 * stride);
      const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
      const cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<f32>(ab0, cd0, 0, 1, 4, 5));
      v128.store(to + row, v128.shuffle<f32>(ab0, cd0, 2, 3, 6, 7));
      v128.store(to + 2 * row, v128.shuffle<f32>(ab2, cd2, 0, 1, 4, 5));
      v128.store(to + 3 * row, v128.shuffle<f32>(ab2, cd2, 2, 3, 6, 7));
      from += 16;
      to += 4 * row;
    }
  }
  for (; column < columns; column++) {
    v128.store(to, f32x4.splat(0));
    for (let i = 0; i < n; i++) {
      store<f32>(to + <usize>i * 4, load<f32>(from + <usize>i * stride));
    }
    from += 4;
    to += row;
  }
}
