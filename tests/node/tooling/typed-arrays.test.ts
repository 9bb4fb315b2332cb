import { expect, test } from 'vitest';

/* That our comparison of typed arrays says what Vitest's says, inside other values as well. */

const kept = Float32Array.of(1, NaN, 0, -2);

test.each([
  ['another number', Float32Array.of(1, NaN, 0, -3)],
  ['zero of the other sign', Float32Array.of(1, NaN, -0, -2)],
  ['a number for NaN', Float32Array.of(1, 0, 0, -2)],
  ['one element less', kept.slice(0, 3)],
  ['another kind', Float64Array.from(kept)],
  ['a list', Array.from(kept)],
])('%s makes a typed array another', (_, other: unknown) => {
  expect(kept).not.toEqual(other);
  expect({ weights: [kept] }).not.toEqual({ weights: [other] });
});

test('the same elements make it equal, wherever they lie', () => {
  const all = Float32Array.of(7, 1, NaN, 0, -2);
  expect(all.subarray(1)).toEqual(kept);
  expect({ weights: [all.slice(1)] }).toEqual({ weights: [kept] });
  expect(Buffer.of(1, 2)).toEqual(Buffer.of(1, 2));
  expect(BigInt64Array.of(1n)).toEqual(BigInt64Array.of(1n));
});
