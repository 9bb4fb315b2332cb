import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  deriveGenotype,
  formatGenotype,
  GenotypeError,
  parseGenotype,
} from '../../../src/paper/genotype';
import { OPERATIONS } from '../../../src/paper/operation';
import { alphaOf, genotype, operations } from './arbitrary';

const RESNET = '|nor_conv_3x3~0|+|none~0|nor_conv_3x3~1|+|skip_connect~0|none~1|skip_connect~2|';

describe('the architecture string', () => {
  it('groups the edges by node, in the benchmark’s order', () => {
    expect(
      formatGenotype([
        'nor_conv_3x3',
        'none',
        'nor_conv_3x3',
        'skip_connect',
        'none',
        'skip_connect',
      ]),
    ).toBe(RESNET);
  });

  it('parses back to every cell it prints', () => {
    fc.assert(
      fc.property(genotype, (cell) => {
        expect(parseGenotype(formatGenotype(cell))).toEqual(cell);
      }),
    );
  });

  it('is printed again as it was read, or refused', () => {
    const damaged = fc
      .tuple(fc.nat({ max: RESNET.length }), fc.nat({ max: 3 }), fc.string({ maxLength: 3 }))
      .map(([at, cut, insert]) => RESNET.slice(0, at) + insert + RESNET.slice(at + cut));
    fc.assert(
      fc.property(damaged, (text) => {
        let cell;
        try {
          cell = parseGenotype(text);
        } catch (error) {
          expect(error).toBeInstanceOf(GenotypeError);
          return;
        }
        expect(formatGenotype(cell)).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['', /character 1 .*open node 1.*the string ends/],
    ['|conv~0|', /character 2 edge 1<-0 needs one of none, .*found "conv~0\|"/],
    ['|none~1|', /character 6 after none on edge 1<-0 "~0\|" is expected, but found "~1\|"/],
    ['|none~0|', /character 9 before node 2 "\+" is expected, but the string ends/],
    [`${RESNET} `, /character 80 nothing may follow node 3/],
    ['|none~0|+|none~0|+', /character 18 edge 2<-1 needs one of/],
  ])('names the place and the fault of %j', (text, message) => {
    expect(() => parseGenotype(text)).toThrow(GenotypeError);
    expect(() => parseGenotype(text)).toThrow(message);
  });

  it('is not printed for a cell of the wrong size', () => {
    expect(() => formatGenotype(['none'])).toThrow(/6 operations.*has 1/);
  });
});

describe('derivation', () => {
  it('takes the largest alpha of every edge, none included', () => {
    const alpha = [
      [9, 0, 0, 0, 0],
      [0, 9, 0, 0, 0],
      [0, 0, 9, 0, 0],
      [0, 0, 0, 9, 0],
      [0, 0, 0, 0, 9],
      [-1, -2, -3, -4, -5],
    ];
    expect(deriveGenotype(alpha, OPERATIONS)).toEqual([...OPERATIONS, 'none']);
  });

  it('gives a tie to the first operation', () => {
    const alpha = Array.from({ length: 6 }, () => [0, 3, 3]);
    expect(deriveGenotype(alpha, ['none', 'skip_connect', 'avg_pool_3x3'])).toEqual(
      Array(6).fill('skip_connect'),
    );
  });

  it('stays inside the search space and picks a maximum', () => {
    const input = operations.chain((ops) => fc.tuple(fc.constant(ops), alphaOf(ops.length)));
    fc.assert(
      fc.property(input, ([ops, alpha]) => {
        deriveGenotype(alpha, ops).forEach((chosen, edge) => {
          const row = alpha[edge]!;
          expect(row.every((value) => value <= row[ops.indexOf(chosen)]!)).toBe(true);
        });
      }),
    );
  });

  it('refuses NaN and foreign shapes, saying where', () => {
    const alpha = Array.from({ length: 6 }, () => [0, 1]);
    const ops = ['none', 'skip_connect'] as const;
    const broken = alpha.with(2, [0, NaN]);
    expect(() => deriveGenotype(broken, ops)).toThrow(/skip_connect on edge 2<-1 is NaN/);
    expect(() => deriveGenotype(alpha.slice(1), ops)).toThrow(/5 rows/);
    expect(() => deriveGenotype(alpha.with(5, [0]), ops)).toThrow(/edge 3<-2 has 1 values for 2/);
    expect(() => deriveGenotype(alpha, [])).toThrow(/No operations/);
  });
});
