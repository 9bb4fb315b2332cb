import fc from 'fast-check';
import type { Alpha, Genotype } from '../../../src/paper/cell';
import { METHOD_NAMES, type Settings } from '../../../src/paper/config';
import { OPERATIONS, type Operation } from '../../../src/paper/operation';
import { scaleByName } from '../../../src/paper/scale';

export const operation: fc.Arbitrary<Operation> = fc.constantFrom(...OPERATIONS);

export const genotype: fc.Arbitrary<Genotype> = fc.array(operation, {
  minLength: 6,
  maxLength: 6,
});

/** At least two operations in the benchmark's order. */
export const operations: fc.Arbitrary<readonly Operation[]> = fc
  .subarray([...OPERATIONS], { minLength: 2 })
  .map((ops) => OPERATIONS.filter((candidate) => ops.includes(candidate)));

export function alphaOf(columns: number, bound = 100): fc.Arbitrary<Alpha> {
  const value = fc.double({ min: -bound, max: bound, noNaN: true });
  const row = fc.array(value, { minLength: columns, maxLength: columns });
  return fc.array(row, { minLength: 6, maxLength: 6 });
}

export const scaleName: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('tiny', 'bench', 'small', 'medium', 'paper'),
  fc
    .record({
      channels: fc.integer({ min: 1, max: 64 }),
      cells: fc.integer({ min: 1, max: 8 }),
      resolution: fc.constantFrom(8, 16, 32),
      images: fc.integer({ min: 16, max: 25_000 }),
      batch: fc.integer({ min: 2, max: 512 }),
    })
    .filter(({ images, batch }) => batch <= images)
    .map(({ channels, cells, resolution, images, batch }) => {
      const suffix = batch === 64 ? '' : `-b${batch}`;
      return `c${channels}-n${cells}-r${resolution}-i${images}${suffix}`;
    }),
);

const eta = fc.constantFrom(undefined, 0, 0.01, 1);

export const settings: fc.Arbitrary<Settings> = fc
  .record({
    method: fc.constantFrom(...METHOD_NAMES),
    ops: operations,
    swap: fc.boolean(),
    warmup: fc.integer({ min: 0, max: 2000 }),
    epochs: fc.integer({ min: 1, max: 2000 }),
    l2: fc.constantFrom(0, 1e-3, 5e-3, 1e-2, 1),
    scale: scaleName,
  })
  // Partial channels are whole ones.
  .filter(({ method, scale }) => method !== 'pc-darts' || scaleByName(scale).channels % 4 === 0)
  .chain((one) =>
    eta.map((weight) =>
      one.method === 'amended-darts' && weight !== undefined ? { ...one, eta: weight } : one,
    ),
  );
