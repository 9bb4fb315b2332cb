import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dot, plus, type NdArray } from '../plain-array';
import * as plain from '../plain-kernels';
import { expectClose, expectMoments, listed, type Bench, type Place } from './bench';
import { noise } from './noise';

interface Case {
  readonly batch: number;
  /** Height and width. */
  readonly side: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly size: 1 | 3;
  readonly stride: 1 | 2;
  readonly relu: boolean;
  readonly place: Place;
}

const one = { batch: 2, side: 4, size: 3, stride: 1, relu: true, place: 'whole' } as const;

const CASES: readonly Case[] = [
  // The stem, cells with 1, 2 and 3 edges, both convolutions of a reduction and its shortcut.
  { ...one, side: 8, inputs: 3, outputs: 4, relu: false, place: 'stretch' },
  { ...one, batch: 3, inputs: 4, outputs: 12, place: 'stretch' },
  { ...one, batch: 3, inputs: 4, outputs: 12, size: 1, place: 'stretch' },
  { ...one, batch: 5, inputs: 8, outputs: 16 },
  { ...one, side: 2, inputs: 16, outputs: 16 },
  { ...one, side: 2, inputs: 16, outputs: 48, size: 1 },
  { ...one, side: 8, inputs: 4, outputs: 8, stride: 2, place: 'stretch' },
  { ...one, batch: 3, inputs: 8, outputs: 16, stride: 2 },
  { ...one, batch: 3, inputs: 8, outputs: 8, size: 1, relu: false, place: 'stretch' },
];
/** One of each kind that is cut into threads in its own way. */
const FEW_CASES: readonly Case[] = [
  // Channels that no vector width divides.
  { ...one, batch: 5, inputs: 6, outputs: 5, relu: false },
  { ...one, batch: 5, inputs: 5, outputs: 6, size: 1 },
  { ...one, inputs: 5, outputs: 7, stride: 2, relu: false },
  { ...one, side: 6, inputs: 4, outputs: 4, size: 1, stride: 2 },
  // Many channels, many rows.
  { ...one, inputs: 32, outputs: 64 },
  { ...one, batch: 8, side: 16, inputs: 8, outputs: 8, place: 'stretch' },
  { ...one, batch: 8, side: 16, inputs: 4, outputs: 12, size: 1 },
  { ...one, batch: 8, side: 16, inputs: 4, outputs: 8, stride: 2 },
];

const GROUPS: readonly (Omit<Case, 'size'> & { readonly sizes: readonly (1 | 3)[] })[] = [
  { ...one, sizes: [1, 3], batch: 3, inputs: 4, outputs: 12, place: 'stretch' },
  { ...one, sizes: [3], side: 8, inputs: 3, outputs: 4, relu: false },
  { ...one, sizes: [1], side: 2, inputs: 16, outputs: 32 },
  { ...one, sizes: [3], side: 8, inputs: 4, outputs: 8, stride: 2, place: 'stretch' },
];
const FEW_GROUPS: typeof GROUPS = [
  { ...one, sizes: [3, 1], batch: 5, inputs: 5, outputs: 6 },
  { ...one, sizes: [1, 3], batch: 8, side: 16, inputs: 4, outputs: 12 },
];

function arraysOf({ batch, side, inputs, outputs, size, stride }: Case, seed = 1) {
  const out = side / stride;
  return {
    // Zeros too: the derivative of max(x, 0) is 0 there.
    x: noise([batch, side, side, inputs], seed, { zeros: 11 }),
    filter: noise([size, size, inputs, outputs], seed + 1),
    dz: noise([batch, out, out, outputs], seed + 2),
    add: noise([batch, side, side, inputs], seed + 3),
  };
}

const random: fc.Arbitrary<Case> = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  side: fc.constantFrom(2, 4, 6),
  inputs: fc.integer({ min: 1, max: 9 }),
  outputs: fc.integer({ min: 1, max: 9 }),
  size: fc.constantFrom(1, 3),
  stride: fc.constantFrom(1, 2),
  relu: fc.boolean(),
  place: fc.constantFrom('whole', 'stretch'),
});

const magnitudes = ({ shape, values }: NdArray): NdArray => ({
  shape,
  values: values.map(Math.abs),
});

/**
 * @param runs of the property; 0: none
 * @param few leaves out shapes that differ in nothing but their numbers
 */
export function convolutionSuite(
  bench: () => Bench,
  { runs, few = false }: { readonly runs: number; readonly few?: boolean },
): void {
  const cases = few ? FEW_CASES : [...CASES, ...FEW_CASES];
  const groups = few ? FEW_GROUPS : [...GROUPS, ...FEW_GROUPS];
  describe('convolution', () => {
    test.each(cases)(
      '$batch x $side x $side, $inputs to $outputs channels, $size wide, stride $stride, relu $relu, $place',
      async (shape) => {
        const { stride, relu, place } = shape;
        const options = { stride, relu };
        const { x, filter, dz, add } = arraysOf(shape);
        const { fused } = bench();
        const got = await bench().run((desk) => {
          const [image, weights, dy] = [desk.put(x, place), desk.put(filter, place), desk.put(dz)];
          const into = desk.into(filter.shape, place);
          fused.convFilter(image, dy, into, options);
          return {
            z: fused.conv(image, weights, options),
            dx: fused.convInput(dy, weights, image, null, options),
            dxAdded: fused.convInput(dy, weights, image, desk.give(add), options),
            dFilter: into,
          };
        });
        expectClose('conv', got.z, plain.conv(x, filter, options));
        const dx = (add: NdArray | null) => plain.convInput(dz, filter, x, add, options);
        expectClose('convInput', got.dx, dx(null));
        expectClose('convInput + add', got.dxAdded, dx(add));
        expectClose('convFilter', got.dFilter, plain.convFilter(x, dz, filter.shape, options));
      },
    );

    test.each(groups)(
      'of one x with filters $sizes wide, $batch x $side x $side, $inputs to $outputs channels, stride $stride, relu $relu',
      async ({ sizes, ...shape }) => {
        const { stride, relu, place } = shape;
        const options = { stride, relu };
        const { x } = arraysOf({ ...shape, size: 1 });
        const filters = sizes.map((size, i) => arraysOf({ ...shape, size }, 10 * i).filter);
        const dzs = sizes.map((size, i) => arraysOf({ ...shape, size }, 10 * i).dz);
        const { fused } = bench();
        const got = await bench().run((desk) => {
          const image = desk.put(x);
          const weights = filters.map((filter) => desk.put(filter, place));
          const all = fused.convNorms(image, weights, options);
          const gradients = filters.map((filter, i) => ({
            dz: desk.put(dzs[i]!),
            into: desk.into(filter.shape, place),
          }));
          fused.convFilters(image, gradients, options);
          return {
            ...listed(
              'z',
              all.map(({ z }) => z),
            ),
            ...listed(
              'moments',
              all.map(({ moments }) => moments),
            ),
            ...listed(
              'dFilter',
              gradients.map(({ into }) => into),
            ),
          };
        });
        filters.forEach((filter, i) => {
          const z = plain.conv(x, filter, options);
          expectClose(`convNorms: z ${i}`, got[`z ${i}`]!, z);
          const dFilter = plain.convFilter(x, dzs[i]!, filter.shape, options);
          expectClose(`convFilters ${i}`, got[`dFilter ${i}`]!, dFilter);
          expectMoments(`convNorms: moments ${i}`, got[`moments ${i}`]!, plain.moments(z));
        });
      },
    );

    if (runs === 0) return;
    test('its gradients are its adjoints, and it is linear in both arguments', async () => {
      const { fused } = bench();
      await fc.assert(
        fc.asyncProperty(random, fc.integer({ min: 1, max: 1000 }), async (shape, seed) => {
          const { stride, relu, place } = shape;
          const options = { stride, relu };
          const { x, filter, dz } = arraysOf(shape, seed);
          const other = noise(filter.shape, seed + 7);
          const { z, zOther, zSum, dx, dFilter } = await bench().run((desk) => {
            const image = desk.put(x);
            const into = desk.into(filter.shape, place);
            fused.convFilter(image, desk.put(dz), into, options);
            return {
              z: fused.conv(image, desk.put(filter, place), options),
              zOther: fused.conv(image, desk.put(other, place), options),
              zSum: fused.conv(image, desk.put(plus(filter, other), place), options),
              dx: fused.convInput(desk.put(dz), desk.put(filter, place), image, null, options),
              dFilter: into,
            };
          });
          const magnitude = dot(
            plain.conv(magnitudes(x), magnitudes(filter), options),
            magnitudes(dz),
          );
          expect(Math.abs(dot(z, dz) - dot(x, dx))).toBeLessThanOrEqual(1e-5 * magnitude);
          expect(Math.abs(dot(z, dz) - dot(filter, dFilter))).toBeLessThanOrEqual(1e-5 * magnitude);
          expectClose('conv of a sum', zSum, plus(z, zOther), { magnitude: 4 * shape.inputs });
        }),
        { numRuns: runs },
      );
    });
  });
}
