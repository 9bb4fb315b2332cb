import { decode, encode } from 'fast-png';

/** Eight bits each of red, green and blue, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Channels are kept in steps of this: a picture packs better, and noise of a level or two is gone. */
const STEP = 8;
/** Channel difference, 0..255, from which a pixel counts as another. */
const PIXEL = 28;

/** @param png of eight bits, with or without alpha, which is left out */
export function readPicture(png: Uint8Array): Picture {
  const { width, height, data, channels } = decode(png);
  const pixels = new Uint8Array(3 * width * height);
  for (let at = 0; at < width * height; at++) {
    for (let c = 0; c < 3; c++) pixels[3 * at + c] = data[channels * at + c]!;
  }
  return { width, height, data: pixels };
}

export function writePicture({ width, height, data }: Picture): Uint8Array {
  return encode({ width, height, data, channels: 3 }, { zlib: { level: 9 } });
}

/** Means over squares of so many pixels; what is left at the right and bottom edges is cut off. */
export function shrink({ width, height, data }: Picture, factor: number): Picture {
  const size = { width: Math.floor(width / factor), height: Math.floor(height / factor) };
  const small = new Uint8Array(3 * size.width * size.height);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      for (let c = 0; c < 3; c++) {
        let sum = 0;
        for (let j = 0; j < factor; j++) {
          const row = (y * factor + j) * width + x * factor;
          for (let i = 0; i < factor; i++) sum += data[3 * (row + i) + c]!;
        }
        const mean = sum / factor ** 2;
        small[3 * (y * size.width + x) + c] = Math.min(255, Math.round(mean / STEP) * STEP);
      }
    }
  }
  return { ...size, data: small };
}

export interface Difference {
  /** Share of pixels that differ, 0..1; 1 for pictures of different size. */
  readonly share: number;
  /** The second picture, pale, with what differs in red. */
  readonly picture: Picture;
}

export function difference(expected: Picture, actual: Picture): Difference {
  const { width, height, data } = actual;
  if (expected.width !== width || expected.height !== height) return { share: 1, picture: actual };
  const marked = new Uint8Array(data.length);
  let count = 0;
  for (let at = 0; at < data.length; at += 3) {
    let most = 0;
    for (let c = at; c < at + 3; c++) most = Math.max(most, Math.abs(data[c]! - expected.data[c]!));
    const differs = most >= PIXEL;
    if (differs) count++;
    for (let c = at; c < at + 3; c++) marked[c] = 170 + Math.round(data[c]! / 3);
    if (differs) marked.set([220, 0, 0], at);
  }
  return { share: count / (width * height), picture: { width, height, data: marked } };
}
