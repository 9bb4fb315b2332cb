import { describe, expect, test } from 'vitest';
import { sizeOf } from '../../../src/engine/kernels';
import { Layout } from '../../../src/engine/layout';
import { countParameters } from '../../../src/paper/count';
import { OPERATIONS, type Operation } from '../../../src/paper/operation';
import { SCALES } from '../../../src/paper/scale';

const SUBSETS: readonly (readonly Operation[])[] = [
  OPERATIONS,
  OPERATIONS.filter((op) => op !== 'skip_connect'),
  ['none', 'skip_connect'],
];

describe('the parameter vector', () => {
  test.each(SCALES.filter(({ name }) => name !== 'paper'))(
    'has as many elements as the reference counts, each in one place: $name',
    ({ channels, cells, resolution }) => {
      for (const ops of SUBSETS) {
        const layout = new Layout({ channels, cells, resolution, ops, classes: 10 });
        expect(layout.count).toBe(countParameters({ channels, cells, ops }));
        const taken = new Uint8Array(layout.size);
        for (const { shape, place } of layout.parameters) {
          for (let i = 0; i < sizeOf(shape); i++) taken[place(i)]! += 1;
        }
        expect(taken.every((count) => count <= 1)).toBe(true);
        expect(taken.reduce((a, b) => a + b, 0)).toBe(layout.count);
        for (const { offset } of layout.segments.values()) expect(offset % 64).toBe(0);
      }
    },
  );

  test('at full scale has 1,692,826 parameters', () => {
    const { channels, cells, resolution } = SCALES.find(({ name }) => name === 'paper')!;
    const layout = new Layout({ channels, cells, resolution, ops: OPERATIONS, classes: 10 });
    expect(layout.count).toBe(1_692_826);
  });

  test('survives the way to named tensors and back', () => {
    const layout = new Layout({
      channels: 4,
      cells: 1,
      resolution: 8,
      ops: OPERATIONS,
      classes: 10,
    });
    // Gaps between segments hold zeros.
    const flat = layout.build((_, position) => (i) => 1000 * position + i);
    const named = layout.toNamed(flat);
    expect(
      layout.build(
        ({ name }) =>
          (i) =>
            named.get(name)![i]!,
      ),
    ).toEqual(flat);
  });
});
