import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { benchmarkSplit } from '../../../src/paper/split';

const digest = (images: Uint16Array): string =>
  createHash('sha256').update(images.join(',')).digest('hex');

it('halves CIFAR-10 as the benchmark does', () => {
  const { train, valid } = benchmarkSplit();
  expect([...train.subarray(0, 8)]).toEqual([0, 5, 7, 11, 13, 15, 16, 17]);
  expect([...valid.subarray(0, 8)]).toEqual([1, 2, 3, 4, 6, 8, 9, 10]);
  // SHA-256 of the sorted halves joined by commas, made with CPython 3.11.
  expect(digest(train)).toBe('b32573c51d975768a11c0d1540e625040790e2287a603c857413bd78ca68eb94');
  expect(digest(valid)).toBe('fe150dfa5a16fd2cab96300e44d12835a5427d45b6aa3dc7f039b0df1539f5ce');
});

it('puts every image into exactly one half', () => {
  const { train, valid } = benchmarkSplit();
  expect(train).toHaveLength(25_000);
  expect(valid).toHaveLength(25_000);
  expect(new Set([...train, ...valid]).size).toBe(50_000);
});
