import type { NdArray } from '../plain-array';

/**
 * Deterministic numbers, even in mean - spread .. mean + spread, each exact in float32.
 *
 * @param zeros every how many an element is 0; null for none
 */
export function noise(
  shape: readonly number[],
  seed: number,
  { mean = 0, spread = 1, zeros = null as number | null } = {},
): NdArray {
  let state = (seed * 2654435761) >>> 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 31 - 1;
  };
  const values = Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => {
    const value = Math.fround(mean + spread * next());
    return zeros !== null && i % zeros === 0 ? 0 : value;
  });
  return { shape, values };
}

/** What float32 makes of these numbers. */
export function rounded({ shape, values }: NdArray): NdArray {
  return { shape, values: values.map(Math.fround) };
}

export function labelsOf(batch: number): Int32Array {
  return Int32Array.from({ length: batch }, (_, i) => (i * 7 + 3) % 10);
}
