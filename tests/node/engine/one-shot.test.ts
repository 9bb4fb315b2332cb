import { expect, test } from 'vitest';
import { directPlan, type PoolOptions } from '../../../src/engine/fused/branch';
import { PlainBranches } from '../../../src/engine/fused/plain-branches';
import { loadWasmKernels } from '../../../src/engine/fused/wasm/kernels';
import type { Kernels, Tensor } from '../../../src/engine/kernels';
import { OneShotLayout } from '../../../src/engine/one-shot/layout';
import {
  ONE_SHOT_1,
  ONE_SHOT_2,
  ONE_SHOT_3,
  type OneShotSpace,
} from '../../../src/paper/space/nas-bench-1shot1';
import { countOneShotParameters } from '../../../src/paper/space/one-shot-count';
import { startBackend } from '../../support/backends';
import { noise } from '../../support/fused/noise';
import { oneShotSuite } from '../../support/one-shot-suite';

async function startSimd(): Promise<Kernels> {
  const k = await startBackend('wasm');
  k.install(await loadWasmKernels(k));
  return k;
}

oneShotSuite('stock kernels on cpu', () => startBackend('cpu'), { spaces: [2], channels: 2 });
oneShotSuite('stock kernels on wasm', () => startBackend('wasm'), { spaces: [3], channels: 2 });
// Five channels: a whole vector and a last one that is not full.
oneShotSuite('our SIMD kernels on wasm', startSimd, { spaces: [1, 2, 3], channels: 5 });

test.each<{ side: number; channels: number; pool: PoolOptions }>([
  { side: 8, channels: 8, pool: { size: 3, stride: 1 } },
  { side: 5, channels: 6, pool: { size: 3, stride: 1 } },
  { side: 8, channels: 5, pool: { size: 2, stride: 2 } },
  { side: 5, channels: 4, pool: { size: 2, stride: 2 } },
  { side: 1, channels: 3, pool: { size: 3, stride: 1 } },
])(
  'our branches equal composed ones: side $side, $channels channels, pool $pool',
  async (shape) => {
    const { side, channels, pool } = shape;
    const k = await startSimd();
    const ours = k.fused.branches;
    const plain = new PlainBranches(k);
    const put = (size: readonly number[], seed: number) =>
      k.upload(Float32Array.from(noise(size, seed).values), size);
    const size = [3, side, side, channels];
    const results = (branches: typeof ours) =>
      k.scope(() => {
        const [z, add, more] = [put(size, 1), put(size, 2), put(size, 3)];
        const n = {
          z,
          moments: k.fused.moments(z),
          scale: put([channels], 4),
          shift: put([channels], 5),
        };
        const alpha = put([9], 6);
        const p = branches.softmaxRows(alpha, [3, 3, 2, 1]);
        const dp = k.fused.zeros([10]);
        const [weight, other] = [
          { p, entry: 4 },
          { p, entry: 9 },
        ];
        const into = { scale: k.fused.zeros([channels]), shift: k.fused.zeros([channels]) };
        const y = branches.rectified(n, weight, add);
        const dz = branches.rectifiedInput(n, weight, y, dp, into);
        const rectified = k.relu(z);
        const pooled = branches.maxPool(rectified, { p, entry: 2 }, pool);
        const dx = branches.maxPoolInput(rectified, { p, entry: 2 }, pooled, dp, more, pool);
        const again = branches.maxPoolInput(rectified, other, pooled, null, null, pool);
        const joined = branches.join([z, dz]);
        const parts = branches.split(joined, 2);
        const means = branches.pixelMean(y);
        const spread = branches.pixelMeanInput(means, size);
        const [mixed] = k.fused.mix(z, p, [], [null], directPlan([9])) as [Tensor];
        const dAlpha = branches.softmaxRowsInput(p, dp, [3, 3, 2, 1]);
        const all = { p, dp, y, dz, pooled, dx, again, joined, means, spread, mixed, dAlpha };
        const named = { ...all, ...into, first: parts[0]!, second: parts[1]! };
        const value = Object.entries(named).map(
          ([name, tensor]) => [name, k.host(tensor).slice()] as const,
        );
        return { keep: [], value };
      });
    const expected = new Map(results(plain));
    for (const [name, values] of results(ours)) {
      const reference = expected.get(name)!;
      expect(values.length, name).toBe(reference.length);
      const scale = Math.max(1, ...reference.map(Math.abs));
      const worst = Math.max(...values.map((value, i) => Math.abs(value - reference[i]!)));
      expect(worst / scale, name).toBeLessThan(2e-6);
    }
    expect(expected.get('mixed')).toEqual(Float32Array.from(noise(size, 1).values));
    k.dispose();
  },
);

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
