import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Genotype } from '../../../src/paper/cell';
import {
  countGenotypeParameters,
  countMultiplyAdds,
  countParameters,
  countStepMultiplyAdds,
  genotypeMultiplyAdds,
} from '../../../src/paper/count';
import { OPERATIONS, type Operation } from '../../../src/paper/operation';
import { genotype, operations } from './arbitrary';

const FULL = { channels: 16, cells: 5 };
const sixOf = (operation: Operation): Genotype => Array<Operation>(6).fill(operation);
const RESNET: Genotype = [
  'nor_conv_3x3',
  'none',
  'nor_conv_3x3',
  'skip_connect',
  'none',
  'skip_connect',
];

describe('parameters of the supernet', () => {
  it.each([
    [4, 1, 25_390],
    [4, 2, 45_886],
    [8, 1, 100_050],
    [8, 2, 181_362],
    [8, 3, 262_674],
    [8, 5, 425_298],
    [16, 1, 397_210],
    [16, 2, 721_114],
    [16, 3, 1_045_018],
    [16, 5, 1_692_826],
  ])('C = %i, N = %i: %i', (channels, cells, parameters) => {
    expect(countParameters({ channels, cells, ops: OPERATIONS })).toBe(parameters);
  });

  it.each([
    [100, 1_698_676],
    [120, 1_699_976],
  ])('with %i classes: %i', (classes, parameters) => {
    expect(countParameters({ ...FULL, classes, ops: OPERATIONS })).toBe(parameters);
  });

  it('lie in the convolutions alone', () => {
    const without = countParameters({ ...FULL, ops: ['none', 'skip_connect', 'avg_pool_3x3'] });
    expect(without).toBe(73_306);
    fc.assert(
      fc.property(operations, (ops) => {
        const single = (name: Operation) =>
          ops.includes(name) ? countParameters({ ...FULL, ops: [name] }) - without : 0;
        expect(countParameters({ ...FULL, ops })).toBe(
          without + single('nor_conv_1x1') + single('nor_conv_3x3'),
        );
      }),
    );
  });
});

describe('a derived cell', () => {
  it.each([
    ['six 3×3 convolutions', sixOf('nor_conv_3x3'), 1_531_546, 220_119_680],
    ['the ResNet-like cell', RESNET, 559_386, 78_561_920],
    ['six skip-connects', sixOf('skip_connect'), 73_306, 7_783_040],
  ])('%s', (_, cell, parameters, multiplyAdds) => {
    expect(countGenotypeParameters(cell, FULL)).toBe(parameters);
    expect(genotypeMultiplyAdds(cell, { ...FULL, resolution: 32 })).toBe(multiplyAdds);
  });

  it('does not depend on which edges hold its operations', () => {
    const shuffled = genotype.chain((cell) =>
      fc.tuple(fc.constant(cell), fc.shuffledSubarray([...cell], { minLength: 6 })),
    );
    fc.assert(
      fc.property(shuffled, ([cell, other]) => {
        expect(countGenotypeParameters(other, FULL)).toBe(countGenotypeParameters(cell, FULL));
        const network = { ...FULL, resolution: 32 };
        expect(genotypeMultiplyAdds(other, network)).toBe(genotypeMultiplyAdds(cell, network));
      }),
    );
  });
});

describe('multiply-adds of the supernet', () => {
  const tiny = { channels: 8, cells: 1, resolution: 8, batch: 64, ops: OPERATIONS };

  it('are those of a cell with every convolution on every edge', () => {
    // By hand: stem 13,824; cells 60 taps of c² filters on 64, 16 and 4 pixels, 245,760 each;
    // reductions 57,344 each; classifier 320.
    const image = 13_824 + 3 * 245_760 + 2 * 57_344 + 320;
    expect(countMultiplyAdds({ ...tiny, batch: 1 })).toBe(image);
    expect(countMultiplyAdds(tiny)).toBe(64 * image);
  });

  it('are a sixteenth in the cells where operations see a quarter of the channels', () => {
    const image = 13_824 + (3 * 245_760) / 16 + 2 * 57_344 + 320;
    expect(countMultiplyAdds({ ...tiny, batch: 1, partial: 4 })).toBe(image);
  });

  it('come five times in a bilevel step', () => {
    expect(countStepMultiplyAdds(tiny)).toBe(5 * countMultiplyAdds(tiny));
  });
});
