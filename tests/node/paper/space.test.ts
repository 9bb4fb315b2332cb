import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { benchmarkIndex, CELL_COUNT, genotypeAtIndex } from '../../../src/paper/benchmark-index';
import type { Genotype } from '../../../src/paper/cell';
import { parseGenotype } from '../../../src/paper/genotype';
import { canonicalForm, isConnected } from '../../../src/paper/isomorphism';
import { countOperations } from '../../../src/paper/magnitude';
import { OPERATIONS } from '../../../src/paper/operation';
import { genotype, operation } from './arbitrary';

const ALL: readonly Genotype[] = Array.from({ length: CELL_COUNT }, (_, i) => genotypeAtIndex(i));

function code(cell: Genotype): string {
  return cell.map((name) => (OPERATIONS as readonly string[]).indexOf(name)).join('');
}

describe('the benchmark’s index', () => {
  it.each([
    [0, '421211'],
    [1462, '333333'],
    [138, '330333'],
    [1835, '111111'],
    [4317, '222222'],
    [7581, '444444'],
    [1651, '000000'],
    [11472, '303101'],
  ])('puts cell %i where the benchmark has it', (index, digits) => {
    expect(code(genotypeAtIndex(index))).toBe(digits);
    expect(benchmarkIndex([...digits].map((digit) => OPERATIONS[Number(digit)]!))).toBe(index);
  });

  // Asserted by the benchmark's own builder.
  it.each([
    [
      0,
      '|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|',
    ],
    [9, '|avg_pool_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|nor_conv_3x3~2|'],
    [
      123,
      '|avg_pool_3x3~0|+|avg_pool_3x3~0|nor_conv_1x1~1|+|none~0|avg_pool_3x3~1|nor_conv_3x3~2|',
    ],
  ])('agrees with the builder’s string of cell %i', (index, text) => {
    expect(benchmarkIndex(parseGenotype(text))).toBe(index);
  });

  it('equals the whole published order', () => {
    // SHA-256 of the 15,625 six-digit codes in order, joined by single spaces.
    const digest = createHash('sha256').update(ALL.map(code).join(' ')).digest('hex');
    expect(digest).toBe('aab65161e8f20f0f908d49470aae5e1b701c8c7dade12d8b462e8ff6661da036');
  });

  it('is a bijection', () => {
    expect(ALL.every((cell, index) => benchmarkIndex(cell) === index)).toBe(true);
  });

  it('refuses what is not an index or a cell', () => {
    for (const index of [-1, 15_625, 1.5, NaN]) {
      expect(() => genotypeAtIndex(index)).toThrow(RangeError);
    }
    expect(() => benchmarkIndex(['none'])).toThrow(/6 operations.*has 1/);
  });
});

describe('isomorphism', () => {
  it('finds the official number of classes', () => {
    expect(ALL).toHaveLength(15_625);
    expect(new Set(ALL.map((cell) => canonicalForm(cell, 'skip'))).size).toBe(12_751);
    expect(new Set(ALL.map((cell) => canonicalForm(cell))).size).toBe(6_466);
  });

  it('finds 15,284 connected and 341 dead cells', () => {
    expect(ALL.filter(isConnected)).toHaveLength(15_284);
    expect(ALL.filter((cell) => !isConnected(cell))).toHaveLength(341);
  });

  it('counts 265 cells with any one operation on four edges or more', () => {
    for (const name of OPERATIONS) {
      expect(ALL.filter((cell) => countOperations(cell)[name] >= 4)).toHaveLength(265);
    }
  });

  it('does not see which of two equal nodes an edge starts from', () => {
    fc.assert(
      fc.property(genotype, (cell) => {
        const [, a, b, c, d, e] = cell;
        // Node 1 is the input itself, so edges from 0 and from 1 are interchangeable.
        const same: Genotype = ['skip_connect', a!, b!, c!, d!, e!];
        const exchanged: Genotype = ['skip_connect', b!, a!, d!, c!, e!];
        expect(canonicalForm(exchanged)).toBe(canonicalForm(same));
      }),
    );
  });

  it('does not see operations on a node that is zero', () => {
    fc.assert(
      fc.property(genotype, operation, operation, (cell, second, fourth) => {
        const dead = cell.with(0, 'none');
        expect(canonicalForm(dead.with(2, second).with(4, fourth))).toBe(canonicalForm(dead));
      }),
    );
  });

  it('never joins a dead cell to a connected one', () => {
    const alive = new Map<string, boolean>();
    for (const cell of ALL) {
      const form = canonicalForm(cell);
      expect(alive.get(form) ?? isConnected(cell)).toBe(isConnected(cell));
      alive.set(form, isConnected(cell));
    }
  });
});
