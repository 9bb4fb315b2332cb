import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CIFAR10_MEAN,
  CIFAR10_STD,
  drawWithReplacement,
  epochOrder,
  fillDraws,
} from '../../../src/data/augment';
import { drawsOf, packDraw, paddingOf, unpackDraw } from '../../../src/data/draw';
import type { ImageSet, Resolution } from '../../../src/data/images';
import { RandomStream } from '../../../src/data/random';

const RESOLUTION = fc.constantFrom<Resolution>(8, 16, 32);

function noise(resolution: Resolution, count: number, seed: number): ImageSet {
  const rng = RandomStream.named(seed, 'noise');
  return {
    resolution,
    count,
    pixels: Uint8Array.from({ length: count * resolution * resolution * 3 }, () => rng.int(256)),
    labels: Uint8Array.from({ length: count }, () => rng.int(10)),
  };
}

function normalised(byte: number, channel: number): number {
  return Math.fround((byte - CIFAR10_MEAN[channel]!) / CIFAR10_STD[channel]!);
}

function batch(set: ImageSet, numbers: number[], rng: RandomStream | null) {
  const out = new Float32Array(numbers.length * set.resolution ** 2 * 3).fill(NaN);
  const labels = new Int32Array(numbers.length).fill(-1);
  fillDraws(set, drawsOf(numbers, set.resolution, rng), out, labels);
  return { out, labels };
}

/** The transform as the paper's framework does it, step by step on whole pictures. */
function stepByStep(set: ImageSet, number: number, flip: boolean, row: number, column: number) {
  const size = set.resolution;
  const padding = paddingOf(size);
  const wide = size + 2 * padding;
  const at = (y: number, x: number, c: number) =>
    set.pixels[((number * size + y) * size + x) * 3 + c]!;
  const padded = new Uint8Array(wide * wide * 3);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      for (let c = 0; c < 3; c++) {
        padded[((y + padding) * wide + x + padding) * 3 + c] = at(y, flip ? size - 1 - x : x, c);
      }
    }
  }
  return Float32Array.from({ length: size * size * 3 }, (_, i) => {
    const c = i % 3;
    const x = Math.floor(i / 3) % size;
    const y = Math.floor(i / 3 / size);
    return normalised(padded[((y + row) * wide + x + column) * 3 + c]!, c);
  });
}

describe('fillDraws', () => {
  test('without a stream only normalises', () => {
    fc.assert(
      fc.property(RESOLUTION, fc.nat(), (resolution, seed) => {
        const set = noise(resolution, 2, seed);
        const { out, labels } = batch(set, [1, 0, 1], null);
        const size = resolution ** 2 * 3;
        expect([...labels]).toEqual([set.labels[1], set.labels[0], set.labels[1]]);
        for (const [place, number] of [1, 0, 1].entries()) {
          expect(out.subarray(place * size, (place + 1) * size)).toEqual(
            Float32Array.from({ length: size }, (_, i) =>
              normalised(set.pixels[number * size + i]!, i % 3),
            ),
          );
        }
      }),
      { numRuns: 20 },
    );
  });

  test('with a stream flips, pads with black, crops, normalises, in this order', () => {
    fc.assert(
      fc.property(RESOLUTION, fc.nat(), (resolution, seed) => {
        const set = noise(resolution, 3, seed);
        const numbers = [2, 0, 1, 2];
        const { out } = batch(set, numbers, RandomStream.named(seed, 'augment'));
        const draws = RandomStream.named(seed, 'augment');
        const places = 2 * paddingOf(resolution) + 1;
        const size = resolution ** 2 * 3;
        numbers.forEach((number, i) => {
          const flip = draws.int(2) === 1;
          const row = draws.int(places);
          const column = draws.int(places);
          expect(out.subarray(i * size, (i + 1) * size)).toEqual(
            stepByStep(set, number, flip, row, column),
          );
        });
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    [32, 4],
    [16, 2],
    [8, 1],
  ] as const)(
    'at %i meets both flips and all crops of padding %i, evenly',
    (resolution, padding) => {
      const set = noise(resolution, 1, 0);
      const places = 2 * padding + 1;
      const known = new Map<string, string>();
      for (const flip of [false, true]) {
        for (let row = 0; row < places; row++) {
          for (let column = 0; column < places; column++) {
            known.set(stepByStep(set, 0, flip, row, column).join(), `${flip} ${row} ${column}`);
          }
        }
      }
      expect(known.size).toBe(2 * places ** 2);
      const rng = RandomStream.named(1, 'x');
      const counts = new Map<string, number>();
      const n = 20 * known.size;
      for (let i = 0; i < n; i++) {
        const name = known.get(batch(set, [0], rng).out.join());
        if (name === undefined) expect.fail('an image that no flip and crop gives');
        counts.set(name, (counts.get(name) ?? 0) + 1);
      }
      const chi2 = [...known.values()].reduce(
        (sum, name) => sum + ((counts.get(name) ?? 0) - 20) ** 2 / 20,
        0,
      );
      const freedom = known.size - 1;
      expect(chi2).toBeLessThan(freedom + 5 * Math.sqrt(2 * freedom));
    },
  );

  test('makes padded pixels (0 - mean) / std, not 0', () => {
    const white: ImageSet = {
      resolution: 32,
      count: 1,
      pixels: new Uint8Array(3072).fill(255),
      labels: Uint8Array.of(0),
    };
    const rng = RandomStream.named(0, 'x');
    const values = new Set<number>();
    for (let i = 0; i < 20; i++) batch(white, [0], rng).out.forEach((value) => values.add(value));
    const expected = [0, 1, 2].flatMap((c) => [normalised(0, c), normalised(255, c)]);
    expect([...values].sort()).toEqual(expected.sort());
    expect(normalised(0, 0)).toBeCloseTo(-1.98889, 5);
  });

  test('is determined by seed and name', () => {
    const set = noise(16, 4, 0);
    const run = (seed: number, name: string) =>
      batch(set, [0, 1, 2, 3], RandomStream.named(seed, name)).out;
    expect(run(5, 'a')).toEqual(run(5, 'a'));
    expect(run(5, 'a')).not.toEqual(run(6, 'a'));
    expect(run(5, 'a')).not.toEqual(run(5, 'b'));
  });

  test('refuses buffers of another size and images that do not exist', () => {
    const set = noise(8, 2, 0);
    const out = new Float32Array(192);
    const draws = drawsOf([0], 8, null);
    expect(() => fillDraws(set, draws, new Float32Array(191), new Int32Array(1))).toThrow(
      'needs 192 values and 1 labels, not 191 and 1',
    );
    expect(() => fillDraws(set, draws, out, new Int32Array(2))).toThrow(RangeError);
    expect(() => fillDraws(set, drawsOf([2], 8, null), out, new Int32Array(1))).toThrow(
      'There is no image 2 among 2.',
    );
    for (const number of [-1, NaN, 2 ** 20]) {
      expect(() => drawsOf([number], 8, null)).toThrow(`There is no image ${number}`);
    }
  });

  test('a draw survives its packing', () => {
    fc.assert(
      fc.property(
        fc.nat(2 ** 20 - 1),
        fc.nat(31),
        fc.nat(31),
        fc.boolean(),
        (number, row, column, flip) => {
          const draw = { number, row, column, flip };
          expect(unpackDraw(packDraw(draw))).toEqual(draw);
        },
      ),
    );
  });
});

describe('orders', () => {
  test('epochOrder visits every image once', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 0, max: 500 }), (seed, count) => {
        const order = epochOrder(RandomStream.named(seed, 'order'), count);
        expect([...order].sort((a, b) => a - b)).toEqual(
          Array.from({ length: count }, (_, i) => i),
        );
      }),
    );
    const order = epochOrder(RandomStream.named(0, 'order'), 100);
    expect([...order]).not.toEqual([...order].sort((a, b) => a - b));
  });

  test('drawWithReplacement repeats some images and leaves out about 1/e of them', () => {
    const drawn = drawWithReplacement(RandomStream.named(0, 'alpha'), 25_000, 25_000);
    expect(drawn).toHaveLength(25_000);
    expect(Math.max(...drawn)).toBeLessThan(25_000);
    const left = 1 - new Set(drawn).size / 25_000;
    expect(left).toBeCloseTo(1 / Math.E, 2);
  });
});
