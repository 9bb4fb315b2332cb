import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { largestEigenvalue } from '../../../src/paper/eigenvalue';

describe('the largest eigenvalue', () => {
  test('of small matrices', () => {
    expect(largestEigenvalue([[-3]])).toBe(-3);
    expect(
      largestEigenvalue([
        [2, 1],
        [1, 2],
      ]),
    ).toBeCloseTo(3, 12);
    // Not symmetric: its symmetric part is that of before.
    expect(
      largestEigenvalue([
        [2, 0],
        [2, 2],
      ]),
    ).toBeCloseTo(3, 12);
    expect(
      largestEigenvalue([
        [0, 0],
        [0, 0],
      ]),
    ).toBe(0);
  });

  test('is that from which a matrix was made', () => {
    const size = 8;
    const number = fc.double({ min: -3, max: 3, noNaN: true });
    const list = fc.array(number, { minLength: size, maxLength: size });
    fc.assert(
      fc.property(list, fc.array(list, { minLength: 3, maxLength: 3 }), (values, vectors) => {
        // Reflections of a diagonal matrix have its eigenvalues.
        let matrix = values.map((value, i) => values.map((_, j) => (i === j ? value : 0)));
        for (const v of vectors) {
          const square = v.reduce((sum, x) => sum + x * x, 0);
          if (square < 1e-3) continue;
          const reflected = (m: number[][]) =>
            m.map((row) => {
              const along = row.reduce((sum, x, j) => sum + x * v[j]!, 0);
              return row.map((x, j) => x - (2 * along * v[j]!) / square);
            });
          const turned = (m: number[][]) => m.map((row, i) => row.map((_, j) => m[j]![i]!));
          matrix = turned(reflected(turned(reflected(matrix))));
        }
        expect(largestEigenvalue(matrix)).toBeCloseTo(Math.max(...values), 9);
      }),
    );
  });
});
