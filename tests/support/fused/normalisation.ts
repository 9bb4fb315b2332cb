import { describe, expect, test } from 'vitest';
import * as plain from '../plain-kernels';
import { expectClose, expectMoments, type Bench, type Place } from './bench';
import { noise, rounded } from './noise';

const SHAPES: readonly { shape: readonly number[]; place: Place }[] = [
  { shape: [2, 4, 4, 4], place: 'whole' },
  { shape: [3, 4, 4, 12], place: 'stretch' },
  { shape: [5, 8, 8, 6], place: 'whole' },
  { shape: [3, 2, 2, 5], place: 'stretch' },
  { shape: [5, 2, 2, 48], place: 'whole' },
  { shape: [2, 4, 4, 130], place: 'whole' },
  // Rows enough for several partial sums, an odd number of them too.
  { shape: [8, 16, 16, 8], place: 'stretch' },
  { shape: [9, 15, 15, 5], place: 'whole' },
];

/** Behind 64 zeros. */
function padded(values: Float64Array): Float64Array {
  const all = new Float64Array(64 + values.length);
  all.set(values, 64);
  return all;
}

export function normalisationSuite(bench: () => Bench): void {
  describe('batch norm', () => {
    test.each(SHAPES)('$shape, $place', async ({ shape, place }) => {
      const channels = shape[3]!;
      const z = noise(shape, 1, { mean: 0.5 });
      const moments = rounded(plain.moments(z));
      const n = { z, moments };
      const scale = noise([channels], 2, { mean: 1 });
      const shift = noise([channels], 3);
      const add = noise(shape, 4);
      const g = noise(shape, 5, { mean: 0.1 });
      const sums = rounded(plain.normSums(n, g));
      const { fused } = bench();
      const got = await bench().run((desk) => {
        const on = { z: desk.put(z), moments: desk.put(moments) };
        const [gain, bias] = [desk.put(scale, place), desk.put(shift, place)];
        const into = { scale: desk.into([channels], place), shift: desk.into([channels], place) };
        return {
          moments: fused.moments(on.z),
          y: fused.norm(on, gain, bias, null),
          yAdded: fused.norm(on, gain, bias, desk.give(add)),
          sums: fused.normSums(on, desk.put(g), null),
          sumsToo: fused.normSums(on, desk.put(g), into),
          dScale: into.scale,
          dShift: into.shift,
          dz: fused.normInput(on, gain, desk.put(sums), desk.put(g)),
        };
      });
      expectMoments('moments', got.moments, plain.moments(z));
      expectClose('norm', got.y, plain.norm(n, scale, shift, null));
      expectClose('norm + add', got.yAdded, plain.norm(n, scale, shift, add));
      expectClose('normSums', got.sums, plain.normSums(n, g));
      expect(got.sumsToo).toEqual(got.sums);
      expect(got.dShift.values).toEqual(got.sums.values.slice(0, channels));
      expect(got.dScale.values).toEqual(got.sums.values.slice(channels));
      expectClose('normInput', got.dz, plain.normInput(n, scale, sums, g));
    });

    test.each([
      [8, 16, 16, 4],
      [3, 4, 4, 5],
    ])(
      'a mean of a thousand deviations loses no more than z itself has: %i x %i x %i x %i',
      async (...shape) => {
        const channels = shape[3];
        const mean = 1000;
        // Even in -sqrt(3) .. sqrt(3): deviation 1.
        const z = noise(shape, 3, { mean, spread: Math.sqrt(3) });
        const expected = plain.moments(z);
        const moments = rounded(expected);
        const [scale, shift] = [noise([channels], 4), noise([channels], 5)];
        const { fused } = bench();
        const got = await bench().run((desk) => ({
          moments: fused.moments(desk.put(z)),
          y: fused.norm(
            { z: desk.put(z), moments: desk.put(moments) },
            desk.put(scale),
            desk.put(shift),
            null,
          ),
        }));
        const part = (from: number, { values } = got.moments) => ({
          shape: [channels],
          values: values.slice(from, from + channels),
        });
        expectClose('mean', part(0), part(0, expected), { tolerance: 1e-6 });
        expectClose('1 / deviation', part(channels), part(channels, expected), { tolerance: 2e-5 });
        expectClose('norm', got.y, plain.norm({ z, moments }, scale, shift, null), {
          tolerance: 1e-6,
          magnitude: mean,
        });
      },
    );

    test.each([
      { channels: 4, rows: 2 },
      { channels: 130, rows: 1000 },
    ])('running statistics of $channels channels, $rows rows', async ({ channels, rows }) => {
      // Of deviations from nothing to thousands.
      const batch = [1, 2].map((seed) => {
        const mean = noise([channels], seed, { mean: 2 }).values;
        const deviation = noise([channels], seed + 2).values.map((v, c) => 10 ** (c % 5) * v ** 2);
        deviation[0] = 0;
        const inverse = deviation.map((d) => 1 / Math.sqrt(d * d + 1e-5));
        return rounded({ shape: [2, channels], values: Float64Array.of(...mean, ...inverse) });
      });
      const before = noise([2, channels], 5, { mean: 2 });
      const { fused } = bench();
      const got = await bench().run((desk) => {
        const running = desk.give({
          ...before,
          shape: [2 * channels + 64],
          values: padded(before.values),
        });
        const part = bench().k.part(running, 64, [2, channels]);
        for (const moments of batch) fused.track(desk.put(moments), part, rows);
        return { running };
      });
      const expected = rounded(before).values.slice();
      for (const { values } of batch) {
        for (let c = 0; c < channels; c++) {
          const variance = (Math.max(0, 1 / values[channels + c]! ** 2 - 1e-5) * rows) / (rows - 1);
          expected[c] = 0.9 * expected[c]! + 0.1 * values[c]!;
          expected[channels + c] = 0.9 * expected[channels + c]! + 0.1 * variance;
        }
      }
      const { values } = got.running;
      expect([...values.slice(0, 64)]).toEqual(Array(64).fill(0));
      values.slice(64).forEach((value, i) => {
        const scale = Math.max(1, Math.abs(expected[i]!));
        expect(Math.abs(value - expected[i]!) / scale, String(i)).toBeLessThan(1e-6);
      });
    });

    test('a constant channel has deviation 0 and no NaN', async () => {
      const z = noise([2, 4, 4, 4], 1);
      const constant = { ...z, values: z.values.map((v, i) => (i % 4 === 1 ? 0.25 : v)) };
      const { fused } = bench();
      const got = await bench().run((desk) => ({ moments: fused.moments(desk.put(constant)) }));
      expectClose('moments', got.moments, plain.moments(constant));
    });
  });
}
