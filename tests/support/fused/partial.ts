import { describe, expect, test } from 'vitest';
import type { NdArray } from '../plain-array';
import { expectClose, type Bench } from './bench';
import { noise } from './noise';
import { softmax } from './methods';

export function partialSuite(bench: () => Bench): void {
  describe('partial channels', () => {
    test.each([2, 5])('weights of edges and of %i operations', async (columns) => {
      const rows = 6 * columns;
      const alpha = noise([rows + 6], 13, { spread: 3 });
      const dp = noise([rows + 6], 14);
      const got = await bench().run((desk) => {
        const p = bench().fused.partial.edgeMixture(desk.put(alpha));
        return { p, input: bench().fused.partial.edgeMixtureInput(p, desk.put(dp)) };
      });
      const mixtureOf = (values: Float64Array) => {
        const edges = [[0], [1, 2], [3, 4, 5]].flatMap((node) =>
          softmax(node.map((edge) => values[rows + edge]!)),
        );
        const shares = edges.flatMap((weight, edge) =>
          softmax(values.subarray(edge * columns, (edge + 1) * columns)).map((p) => weight * p),
        );
        return [...shares, ...edges];
      };
      const shape = [rows + 6];
      expectClose('p', got.p, { shape, values: Float64Array.from(mixtureOf(alpha.values)) });
      const lossAt = (entry: number, h: number) => {
        const moved = alpha.values.slice();
        moved[entry]! += h;
        return mixtureOf(moved).reduce((sum, p, i) => sum + p * dp.values[i]!, 0);
      };
      const slopes = alpha.values.map((_, i) => (lossAt(i, 1e-5) - lossAt(i, -1e-5)) / 2e-5);
      expectClose('input', got.input, { shape, values: slopes });
    });

    test.each([
      { channels: 8, share: 4 },
      { channels: 4, share: 4 },
      { channels: 6, share: 2 },
    ])('$channels channels, of which one in $share is in front', async ({ channels, share }) => {
      const width = channels / share;
      const [shape, small] = [
        [2, 3, 3, channels],
        [2, 3, 3, width],
      ];
      const [x, first, dy] = [noise(shape, 15), noise(small, 16), noise(shape, 17)];
      const got = await bench().run((desk) => {
        const { partial: kernels } = bench().fused;
        const sum = desk.give(x);
        kernels.addFront(sum, desk.put(first));
        const { front: dFirst, rest } = kernels.unshuffle(desk.put(dy), share);
        return {
          front: kernels.front(desk.put(x), share),
          sum,
          shuffled: kernels.shuffle(desk.put(first), desk.put(x)),
          dFirst,
          rest,
        };
      });
      const pixels = Array.from({ length: 18 }, (_, i) => i);
      const pixel = (array: NdArray, i: number) => {
        const count = array.shape[3]!;
        return [...array.values.subarray(i * count, (i + 1) * count)];
      };
      for (const i of pixels) {
        const [old, add, slope] = [x, first, dy].map((array) => pixel(array, i));
        expect(pixel(got.front, i)).toEqual(old!.slice(0, width));
        const joined = [...add!, ...old!.slice(width)];
        // As PyTorch does it: view(groups, width), transpose, flatten.
        const order = Array.from(
          { length: channels },
          (_, o) => (o % share) * width + Math.floor(o / share),
        );
        expect(pixel(got.shuffled, i)).toEqual(order.map((at) => joined[at]));
        const back = Array<number>(channels).fill(0);
        order.forEach((at, o) => (back[at] = slope![o]!));
        expect(pixel(got.dFirst, i)).toEqual(back.slice(0, width));
        expect(pixel(got.rest, i)).toEqual(back.map((d, at) => (at < width ? 0 : d)));
        old!.forEach((value, at) =>
          expect(pixel(got.sum, i)[at]).toBeCloseTo(value + (at < width ? add![at]! : 0), 6),
        );
      }
    });
  });
}
