import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { digestOf, downscale, pick, type ImageSet } from '../../../src/data/images';

/** Sets of one to three images; fast-check's arrays of 3,072 bytes would be slow, so a seed fills them. */
const IMAGES = fc
  .tuple(fc.integer({ min: 1, max: 3 }), fc.integer(), fc.boolean())
  .map(([count, seed, extreme]): ImageSet => {
    const pixels = Uint8Array.from({ length: count * 3072 }, (_, i) => {
      const value = Math.imul(i + 1, seed | 1) >>> 24;
      return extreme ? (value > 127 ? 255 : 0) : value;
    });
    return { resolution: 32, count, pixels, labels: new Uint8Array(count).fill(seed & 7) };
  });

describe('downscale', () => {
  test.each([16, 8] as const)('to %i is the exact block mean, rounded half up', (resolution) => {
    const block = 32 / resolution;
    fc.assert(
      fc.property(IMAGES, (set) => {
        const small = downscale(set, resolution);
        expect(small).toMatchObject({ resolution, count: set.count, labels: set.labels });
        expect(small.pixels).toHaveLength(set.count * resolution * resolution * 3);
        small.pixels.forEach((pixel, at) => {
          const channel = at % 3;
          const x = Math.floor(at / 3) % resolution;
          const y = Math.floor(at / 3 / resolution) % resolution;
          const image = Math.floor(at / 3 / resolution / resolution);
          let sum = 0n;
          for (let row = y * block; row < (y + 1) * block; row++) {
            for (let column = x * block; column < (x + 1) * block; column++) {
              sum += BigInt(set.pixels[((image * 32 + row) * 32 + column) * 3 + channel]!);
            }
          }
          const area = BigInt(block * block);
          // Integers only: floor(mean + 1/2).
          if (BigInt(pixel) !== (2n * sum + area) / (2n * area)) {
            expect.fail(`image ${image}, row ${y}, column ${x}, channel ${channel}`);
          }
        });
      }),
      { numRuns: 20 },
    );
  });

  test('keeps flat images and rounds a half up', () => {
    const flat: ImageSet = {
      resolution: 32,
      count: 1,
      pixels: new Uint8Array(3072).fill(255),
      labels: Uint8Array.of(1),
    };
    expect(downscale(flat, 8).pixels).toEqual(new Uint8Array(192).fill(255));
    const halves = { ...flat, pixels: Uint8Array.from({ length: 3072 }, (_, i) => (i / 3) & 1) };
    expect(downscale(halves, 16).pixels).toEqual(new Uint8Array(768).fill(1));
  });

  test('returns the set itself at its own resolution and refuses to scale twice', () => {
    fc.assert(
      fc.property(IMAGES, (set) => {
        expect(downscale(set, 32)).toBe(set);
        expect(() => downscale(downscale(set, 16), 8)).toThrow('made from 32x32, not from 16x16');
      }),
      { numRuns: 3 },
    );
  });
});

describe('pick', () => {
  test('copies whole images in the order asked for', () => {
    const set: ImageSet = {
      resolution: 8,
      count: 3,
      pixels: Uint8Array.from({ length: 3 * 192 }, (_, i) => Math.floor(i / 192) * 10),
      labels: Uint8Array.of(4, 5, 6),
    };
    const picked = pick(set, [2, 0]);
    expect(picked.labels).toEqual(Uint8Array.of(6, 4));
    expect([picked.pixels[0], picked.pixels[191], picked.pixels[192]]).toEqual([20, 20, 0]);
    expect(() => pick(set, [3])).toThrow('There is no image 3 among 3.');
  });
});

test('digestOf is SHA-256 over labels and pixels of both halves, in that order', async () => {
  const set = (fill: number): ImageSet => ({
    resolution: 8,
    count: 1,
    pixels: new Uint8Array(192).fill(fill),
    labels: Uint8Array.of(fill),
  });
  const expected = createHash('sha256')
    .update(Uint8Array.of(1))
    .update(new Uint8Array(192).fill(1))
    .update(Uint8Array.of(2))
    .update(new Uint8Array(192).fill(2))
    .digest('hex');
  expect(await digestOf(set(1), set(2))).toBe(expected);
  expect(await digestOf(set(2), set(1))).not.toBe(expected);
});
