import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { shuffledRange } from '../../../src/paper/cpython-random';

// Written by CPython 3.11: l = list(range(n)); random.seed(seed); random.shuffle(l); print(l)
it.each([
  [10, 0, [7, 8, 1, 5, 3, 4, 2, 0, 9, 6]],
  [10, 88, [8, 2, 9, 4, 0, 7, 1, 5, 3, 6]],
  [12, 1021, [0, 1, 9, 5, 6, 10, 7, 4, 3, 2, 11, 8]],
  [7, 2 ** 40 + 5, [1, 3, 5, 0, 2, 6, 4]],
  [10, -88, [8, 2, 9, 4, 0, 7, 1, 5, 3, 6]],
])('shuffles %i numbers with seed %i as CPython does', (n, seed, expected) => {
  expect(shuffledRange(n, seed)).toEqual(expected);
});

it('agrees with CPython over all 50,000 draws of the CIFAR-10 split', () => {
  const digest = createHash('sha256').update(shuffledRange(50_000, 1021).join(',')).digest('hex');
  expect(digest).toBe('75f6ba2e09d05569f86b3469f5fefaa4fc386a9db3de9124a07c16cdbe154554');
});

it('handles the empty and the single range', () => {
  expect(shuffledRange(0, 5)).toEqual([]);
  expect(shuffledRange(1, 5)).toEqual([0]);
});

it('refuses lengths and seeds that Python integers would carry but doubles do not', () => {
  expect(() => shuffledRange(-1, 0)).toThrow(/range of -1/);
  expect(() => shuffledRange(2.5, 0)).toThrow(/range of 2.5/);
  expect(() => shuffledRange(3, 0.5)).toThrow(/seed 0.5/);
  expect(() => shuffledRange(3, 2 ** 60)).toThrow(/53 bits/);
});
