import { expect, test } from 'vitest';
import { derivedArchitecture } from '../../../src/engine/evaluation/derived';
import { planTraining } from '../../../src/engine/evaluation/memory-plan';
import { OneShotCellLayout } from '../../../src/engine/evaluation/one-shot-layout';
import { loadWasmKernels } from '../../../src/engine/fused/wasm/kernels';
import { countOneShotCellParameters } from '../../../src/paper/space/one-shot-network';
import { scaleByName } from '../../../src/paper/scale';
import { resolveStandAlone } from '../../../src/paper/stand-alone';
import { startBackend } from '../../support/backends';
import {
  BLOCK_CELLS,
  blockArchitecture,
  oneShotCellSuite,
  type BlockCellName,
} from '../../support/one-shot-cell-suite';

oneShotCellSuite('stock kernels on cpu', () => startBackend('cpu'), [
  'three blocks of different widths',
]);
oneShotCellSuite('our SIMD kernels on wasm', async () => {
  const k = await startBackend('wasm');
  k.install(await loadWasmKernels(k));
  return k;
});

test.each(Object.keys(BLOCK_CELLS) as BlockCellName[])(
  'has as many weights as the count says: %s',
  (name) => {
    const layout = new OneShotCellLayout(blockArchitecture(name, 6, 2));
    expect(layout.count).toBe(
      countOneShotCellParameters(layout.architecture.cell, layout.architecture),
    );
    for (const { offset } of layout.segments.values()) expect(offset % 64).toBe(0);
  },
);

// 8 and 16 channels of three blocks are 3, 3, 2 and 6, 5, 5.
test.each<[BlockCellName, number, number]>([
  ['nothing but pools', 8, 232 + 160 + 320 + 1152 + 330],
  ['three blocks of different widths', 4, 116 + 78 + 183 + 766 + 170],
])('has as many weights as one counts by hand: %s', (name, channels, count) => {
  expect(new OneShotCellLayout(blockArchitecture(name, channels)).count).toBe(count);
});

test('a training is planned in every space, with less memory for pools than for convolutions', () => {
  const bytes = (
    ['|maxpool3x3~0|+|maxpool3x3~0~1|', '|conv3x3-bn-relu~0|+|conv3x3-bn-relu~0~1|'] as const
  ).map((begin) => {
    const op = begin.slice(1, begin.indexOf('~'));
    const arch = `${begin}+|${op}~0~2|+|${op}~1~3|+|output~2~4|`;
    const config = resolveStandAlone('short', scaleByName('bench'), 'nas-bench-1shot1-1');
    expect(derivedArchitecture(arch, config)).toMatchObject({ channels: 8, resolution: 8 });
    return planTraining(arch, config, { gpu: null }).bytes;
  });
  expect(bytes[0]!).toBeGreaterThan(0);
  expect(bytes[0]!).toBeLessThan(bytes[1]!);
});
