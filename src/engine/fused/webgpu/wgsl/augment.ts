import type { Program } from '../program';

export interface AugmentShape {
  /** Images of this batch, and places in a row of draws. */
  readonly count: number;
  readonly batch: number;
  readonly resolution: number;
  /** Black pixels around an image. */
  readonly padding: number;
}

/**
 * Draws as `packDraw` in `data/draw.ts` packs them. Bindings: pixels (four bytes a word), labels,
 * draws, counter, `[3, 256]` values of the bytes, images, their labels.
 */
export function augment({ count, batch, resolution, padding }: AugmentShape): Program {
  const pixels = resolution * resolution;
  const channel = (c: number) => `
    images[at * 3u + ${c}u] = values[${c * 256}u + select(0u, byteOf(origin + ${c}u), inside)];`;
  return {
    bindings: [
      ...['pixels', 'labels', 'draws', 'counter'].map((name) => ({
        name,
        access: 'r' as const,
        type: 'i32',
      })),
      { name: 'values', access: 'r', type: 'f32' },
      { name: 'images', access: 'w', type: 'f32' },
      { name: 'chosen', access: 'w', type: 'i32' },
    ],
    workgroup: [64, 1],
    groups: Math.ceil((count * pixels) / 64),
    head: `fn byteOf(at: u32) -> u32 {
  return (u32(pixels[at / 4u]) >> (8u * (at % 4u))) & 255u;
}`,
    body: `
  let at = group * 64u + lane;
  if (at < ${count * pixels}u) {
    let place = at / ${pixels}u;
    let draw = u32(draws[u32(counter[0]) * ${batch}u + place]);
    let number = draw & 0xfffffu;
    let y = i32((at / ${resolution}u) % ${resolution}u + ((draw >> 20u) & 31u)) - ${padding};
    let x = i32(at % ${resolution}u + ((draw >> 25u) & 31u)) - ${padding};
    let inside = y >= 0 && y < ${resolution} && x >= 0 && x < ${resolution};
    let column = select(x, ${resolution - 1} - x, ((draw >> 30u) & 1u) == 1u);
    let origin = ((number * ${resolution}u + u32(y)) * ${resolution}u + u32(column)) * 3u;${[
      0, 1, 2,
    ]
      .map(channel)
      .join('')}
    if (at % ${pixels}u == 0u) { chosen[place] = labels[number]; }
  }`,
  };
}
