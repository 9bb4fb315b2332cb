import { expect } from 'vitest';

/**
 * Two typed arrays of one kind are equal when all their elements are the same, NaN included and 0 apart
 * from -0. Vitest says the same of them, by an iterator and a comparison of objects for each element.
 */
function equalTypedArrays(a: unknown, b: unknown): boolean | undefined {
  if (!(a instanceof TypedArray && b instanceof TypedArray)) return undefined;
  if (a.constructor !== b.constructor) return undefined;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return false;
  return true;
}

/** What all kinds of typed arrays have in common. */
const TypedArray = Object.getPrototypeOf(Uint8Array) as new () => ArrayLike<number | bigint>;

expect.addEqualityTesters([equalTypedArrays]);
