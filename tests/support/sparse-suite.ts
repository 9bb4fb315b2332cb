import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Architecture } from '../../src/engine/layout';
import type { Kernels } from '../../src/engine/kernels';
import type { Batch, PassOptions } from '../../src/engine/network';
import { Supernet } from '../../src/engine/supernet';
import { EDGES } from '../../src/paper/cell';
import { OPERATIONS } from '../../src/paper/operation';
import { noise } from './fused/noise';

interface Opened {
  readonly k: Kernels;
  /** Fails if the device has refused anything. */
  readonly check?: () => void;
}

/** What is computed of one batch with one mixture. */
interface Computed {
  readonly scores: Float32Array;
  readonly logits: Float32Array;
  readonly weights: Float32Array;
  readonly mixture: Float32Array;
  readonly shifts: Float32Array;
}

const COLUMNS = OPERATIONS.length;

const CONVOLUTIONS = [
  { op: 'nor_conv_1x1', name: 'conv1' },
  { op: 'nor_conv_3x3', name: 'conv3' },
] as const;

/** An operation for each edge, as ones among zeros. */
const draws = fc
  .array(fc.nat({ max: COLUMNS - 1 }), { minLength: 6, maxLength: 6 })
  .map((cell) =>
    Float32Array.from({ length: 6 * COLUMNS }, (_, i) =>
      Number(i % COLUMNS === cell[Math.floor(i / COLUMNS)]),
    ),
  );

/** Any weights, many of them 0. */
const thinned = fc
  .array(fc.constantFrom(0, 0, 0, 0.25, -0.5, 1.5), {
    minLength: 6 * COLUMNS,
    maxLength: 6 * COLUMNS,
  })
  .map((values) => Float32Array.from(values));

/**
 * A pass that leaves out what has a weight of 0 gives the numbers of one that computes everything, and
 * never reads what it has not written.
 *
 * @param start brings up the backend; called once
 * @param shapes of the networks: those whose edges do not fill whole vectors or groups, too
 * @param runs of each property
 */
export function sparseSuite(
  name: string,
  start: () => Promise<Opened>,
  shapes: readonly {
    readonly channels: number;
    readonly batch: number;
    readonly recompute?: boolean;
  }[],
  runs: number,
): void {
  describe(`passes that leave out what was not drawn, ${name}`, () => {
    let k: Kernels;
    let check: (() => void) | undefined;
    beforeAll(async () => {
      ({ k, check } = await start());
    });
    afterAll(() => k.dispose());

    const supernetOf = (channels: number, recompute: boolean) => {
      const architecture: Architecture = {
        channels,
        cells: 1,
        resolution: 8,
        ops: OPERATIONS,
        classes: 10,
      };
      return new Supernet(k, architecture, recompute);
    };

    const batchOf = (size: number): Batch => ({
      images: k.upload(Float32Array.from(noise([size, 8, 8, 3], 2).values), [size, 8, 8, 3]),
      labels: k.upload(
        Int32Array.from({ length: size }, (_, i) => (7 * i) % 10),
        [size],
      ),
    });

    const compute = async (
      net: Supernet,
      flat: Float32Array,
      p: Float32Array,
      size: number,
      options: PassOptions,
    ): Promise<Computed> => {
      const kept = k.scope(() => {
        const [weightsAt, mixture] = [k.upload(flat, [flat.length]), k.upload(p, net.alphaShape)];
        const pass = () => net.forward(weightsAt, mixture, batchOf(size), options);
        const first = pass();
        const value = {
          scores: first.scores,
          logits: first.logits,
          weights: first.weightGradient(),
          ...pass().shiftGradients(),
        };
        return { keep: Object.values(value), value };
      });
      const [scores, logits, weights, mixture, shifts] = await Promise.all(
        [kept.scores, kept.logits, kept.weights, kept.mixture, kept.shifts].map((tensor) =>
          k.read(tensor),
        ),
      );
      k.free(...Object.values(kept));
      return {
        scores: scores!,
        logits: logits!,
        weights: weights!,
        mixture: mixture!,
        shifts: shifts!,
      };
    };

    test.each(shapes)('of $batch images, $channels channels', async (shape) => {
      const { channels, batch, recompute = false } = shape;
      const net = supernetOf(channels, recompute);
      const values = noise([net.layout.size], 1).values;
      let next = 0;
      const flat = net.layout.build(
        ({ fanIn, constant }) =>
          () =>
            constant + values[next++]! / Math.sqrt(fanIn ?? 4),
      );
      // A pass of NaN leaves its memory full of them, for the next to find.
      const poisoned = new Float32Array(flat.length).fill(NaN);
      const count = k.count;
      await fc.assert(
        fc.asyncProperty(fc.oneof(draws, thinned), async (p) => {
          const full = await compute(net, flat, p, batch, {});
          await compute(net, poisoned, new Float32Array(p.length).fill(1), batch, {});
          const left = await compute(net, flat, p, batch, { sparse: true });
          const { mixture, ...same } = full;
          for (const [key, expected] of Object.entries(same)) {
            expectEqual(key, left[key as keyof Computed], expected);
          }
          const drawn = (slopes: Float32Array) => slopes.filter((_, i) => p[i] !== 0);
          expectEqual('gradient of p', drawn(left.mixture), drawn(mixture));
          const gradients = net.layout.toNamed(left.weights);
          for (const weight of undrawn(p)) {
            expect(
              gradients.get(weight)!.every((g) => g === 0),
              weight,
            ).toBe(true);
          }
        }),
        { numRuns: runs },
      );
      expect(k.count).toBe(count);
      check?.();
    });
  });
}

/** Filters of the first cell's operations that have a weight of 0, by their names in the layout. */
function undrawn(p: Float32Array): string[] {
  return CONVOLUTIONS.flatMap(({ op, name }) =>
    EDGES.filter(({ index }) => p[index * COLUMNS + OPERATIONS.indexOf(op)] === 0).map(
      ({ index }) => `stage0.cell0.edge${index}.${name}.weight`,
    ),
  );
}

/** The same numbers, whatever the sign of a zero, and none of them NaN. */
function expectEqual(name: string, got: Float32Array, expected: Float32Array): void {
  expect(got.length, `${name}: length`).toBe(expected.length);
  const at = got.findIndex((value, i) => value !== expected[i]);
  expect(at, `${name}: first other element, ${got[at]}, not ${expected[at]}`).toBe(-1);
}
