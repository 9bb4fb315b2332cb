import type { ImageSet, Resolution } from '../../src/data/images';

/** Images of no meaning, the same every time. */
export function noiseSet(count: number, resolution: Resolution): ImageSet {
  return {
    resolution,
    count,
    pixels: Uint8Array.from(
      { length: count * resolution * resolution * 3 },
      (_, i) => (i * 7919) % 251,
    ),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 10),
  };
}
