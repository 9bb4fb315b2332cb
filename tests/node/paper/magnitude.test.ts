import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clearLeader,
  countOperations,
  leadingOperation,
  operationMagnitude,
  softmaxRows,
} from '../../../src/paper/magnitude';
import { OPERATIONS } from '../../../src/paper/operation';
import { alphaOf, genotype } from './arbitrary';

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

describe('softmax over the operations', () => {
  it('gives rows of probabilities for any finite alpha', () => {
    fc.assert(
      fc.property(alphaOf(5, 1e300), (alpha) => {
        for (const row of softmaxRows(alpha)) {
          expect(row.every((value) => value >= 0 && value <= 1)).toBe(true);
          expect(sum(row)).toBeCloseTo(1, 12);
        }
      }),
    );
  });

  it('is unmoved by a constant added to a row', () => {
    fc.assert(
      fc.property(alphaOf(5), fc.double({ min: -50, max: 50, noNaN: true }), (alpha, shift) => {
        const moved = softmaxRows(alpha.map((row) => row.map((value) => value + shift)));
        softmaxRows(alpha).forEach((row, edge) =>
          row.forEach((value, column) => expect(moved[edge]![column]).toBeCloseTo(value, 10)),
        );
      }),
    );
  });

  it('names a value that is not finite', () => {
    expect(() =>
      softmaxRows([
        [0, 1],
        [2, NaN],
      ]),
    ).toThrow(/row 1, column 1 is NaN/);
    expect(() => softmaxRows([[Infinity, 1]])).toThrow(/row 0, column 0 is Infinity/);
  });
});

describe('operation magnitude', () => {
  it('is the mean over edges of the softmax', () => {
    const alpha = [
      ...Array.from({ length: 3 }, () => [0, 0]),
      ...Array.from({ length: 3 }, () => [Math.log(3), 0]),
    ];
    const [first, second] = operationMagnitude(alpha);
    expect(first).toBeCloseTo((3 * 0.5 + 3 * 0.75) / 6, 14);
    expect(second).toBeCloseTo((3 * 0.5 + 3 * 0.25) / 6, 14);
  });

  it('sums to one over the operations', () => {
    fc.assert(
      fc.property(alphaOf(4), (alpha) => {
        expect(sum(operationMagnitude(alpha))).toBeCloseTo(1, 12);
      }),
    );
  });

  it('refuses ragged and empty alphas', () => {
    expect(() => operationMagnitude([[0, 1], [0]])).toThrow(/rows of one length/);
    expect(() => operationMagnitude([])).toThrow(/at least one row/);
  });
});

describe('the leading operation', () => {
  const alphaWith = (values: readonly number[]) => Array.from({ length: 6 }, () => values);

  it('is the one with the largest magnitude, the first of equals', () => {
    expect(leadingOperation(alphaWith([0, 2, 1, 0, 0]), OPERATIONS)).toBe('skip_connect');
    expect(leadingOperation(alphaWith([0, 0, 1, 1, 0]), OPERATIONS)).toBe('nor_conv_1x1');
  });

  it('is not clear at the random start, nor at a tie', () => {
    expect(clearLeader(alphaWith([0, 0.001, -0.002, 0, 0.003]), OPERATIONS)).toBeNull();
    expect(clearLeader(alphaWith([0, 2, 2, 0, 0]), OPERATIONS)).toBeNull();
    expect(clearLeader(alphaWith([0, 2, 1.9, 0, 0]), OPERATIONS)).toBe('skip_connect');
  });

  it('is the leading operation wherever it is clear', () => {
    fc.assert(
      fc.property(alphaOf(5, 3), (alpha) => {
        const clear = clearLeader(alpha, OPERATIONS);
        expect([null, leadingOperation(alpha, OPERATIONS)]).toContain(clear);
      }),
    );
  });

  it('needs one column per operation', () => {
    expect(() => leadingOperation(alphaWith([1, 2]), OPERATIONS)).toThrow(/2 columns for 5/);
  });
});

it('counts every edge of a cell once', () => {
  fc.assert(
    fc.property(genotype, (cell) => {
      const counts = countOperations(cell);
      expect(sum(Object.values(counts))).toBe(6);
      for (const name of OPERATIONS) {
        expect(counts[name]).toBe(cell.filter((operation) => operation === name).length);
      }
    }),
  );
});
