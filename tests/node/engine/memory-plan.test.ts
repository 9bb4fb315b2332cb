import { expect, test } from 'vitest';
import { drawsOf } from '../../../src/data/draw';
import { loadWasmKernels } from '../../../src/engine/fused/wasm/kernels';
import { planMemory } from '../../../src/engine/memory-plan';
import { Search } from '../../../src/engine/search';
import { ONE_SHOT_OPERATIONS } from '../../../src/paper/operation';
import { DEFAULT_SETTINGS } from '../../../src/paper/regime';
import { resolveConfig } from '../../../src/paper/resolve';
import type { OneShotKey } from '../../../src/paper/space/space';
import { startBackend } from '../../support/backends';
import { noiseSet } from '../../support/noise-set';

/** tfjs starts its memory with so much, used or not. */
const WASM_START = 16 * 2 ** 20;

// The smaller ones first: the memory of wasm never shrinks.
test.each<[string, boolean, OneShotKey?]>([
  ['c4-n1-r8-i64-b64', false],
  ['c8-n1-r8-i64-b64', false, 'nas-bench-1shot1-3'],
  ['c8-n1-r8-i64-b64', true, 'nas-bench-1shot1-1'],
  ['c8-n1-r8-i64-b64', false],
  ['c8-n1-r16-i64-b64', true],
  ['c8-n2-r16-i64-b64', false],
])(
  'tells the memory of a step at %s (cells computed twice: %s) %s',
  async (scale, recompute, space) => {
    const hessian = scale.startsWith('c4');
    const there = space && { space, ops: ONE_SHOT_OPERATIONS };
    const measured = hessian && { hessian };
    const { effective } = resolveConfig({ ...DEFAULT_SETTINGS, ...there, ...measured, scale });
    const k = await startBackend('wasm');
    k.install(await loadWasmKernels(k));
    const plan = planMemory(effective, {
      gpu: null,
      limits: { tensor: Infinity, total: recompute ? 0 : Infinity },
    });
    expect(plan.recompute).toBe(recompute);
    const { batch, resolution } = effective.scale;
    const set = noiseSet(batch, resolution);
    k.resetPeak();
    const search = new Search(k, effective, { weights: set, alpha: set }, { seed: 0 }, recompute);
    const draws = drawsOf(
      Array.from({ length: batch }, (_, i) => i),
      resolution,
      null,
    );
    search.begin({
      batch,
      images: batch,
      train: draws,
      alpha: draws,
      weightRate: 0.01,
      weights: effective.weights,
      alphaOptimiser: effective.alpha,
    });
    search.step();
    if (hessian) await search.hessian();
    expect(Math.abs(k.peakBytes / plan.bytes - 1)).toBeLessThan(0.2);
    const heap = k.host(k.upload(new Float32Array(1), [1])).buffer.byteLength;
    expect(heap).toBeLessThan(1.2 * Math.max(WASM_START, plan.bytes));
    search.dispose();
    k.dispose();
  },
);
