import { expect, test } from 'vitest';
import { loadWasmKernels } from '../../../src/engine/fused/wasm/kernels';
import { OneShotLayout } from '../../../src/engine/one-shot/layout';
import {
  ONE_SHOT_1,
  ONE_SHOT_2,
  ONE_SHOT_3,
  type OneShotSpace,
} from '../../../src/paper/space/nas-bench-1shot1';
import { countOneShotParameters } from '../../../src/paper/space/one-shot-count';
import { startBackend } from '../../support/backends';
import { oneShotSuite } from '../../support/one-shot-suite';

oneShotSuite('stock kernels on cpu', () => startBackend('cpu'));
oneShotSuite('stock kernels on wasm', () => startBackend('wasm'));
oneShotSuite('our SIMD kernels on wasm', async () => {
  const k = await startBackend('wasm');
  k.install(await loadWasmKernels(k));
  return k;
});

test.each<[number, OneShotSpace, number]>([
  [1, ONE_SHOT_1, 1_101_402],
  [2, ONE_SHOT_2, 1_101_402],
  [3, ONE_SHOT_3, 1_509_594],
])('space %i has as many weights as the definition says', (_, space, full) => {
  const layout = (channels: number, cells: number) =>
    new OneShotLayout({ space, channels, cells, resolution: 32, classes: 10 });
  expect(layout(16, 3).count).toBe(full);
  const small = { channels: 6, cells: 1 };
  expect(layout(6, 1).count).toBe(countOneShotParameters(space.shape, small));
  for (const { offset } of layout(6, 1).segments.values()) expect(offset % 64).toBe(0);
});
