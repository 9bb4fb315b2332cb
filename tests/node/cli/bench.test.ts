import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { BenchResult, BesideResult, Ratio } from '../../../src/trainer/bench';
import { withFolder } from '../tooling/project';
import { bundled } from './command';

let bench: Awaited<ReturnType<typeof bundled>>;

beforeAll(async () => {
  bench = await bundled('bench');
}, 120_000);

interface Figures {
  readonly multiplyAdds: number;
  readonly results: readonly BenchResult[];
  readonly ratios: readonly Ratio[];
  readonly beside: readonly BesideResult[];
}

describe('the benchmark', () => {
  test(
    'measures stock and ours on wasm, prints a table and writes the same figures',
    () =>
      withFolder(async (folder) => {
        const file = path.join(folder, 'bench.json');
        const flags = ['--scale', 'c4-n1-r8-i16-b8', '--rounds', '1', '--growth', '40'];
        flags.push('--beside', 'cell,nas-bench-1shot1-3,darts-v2,gdas');
        const { status, stdout, stderr } = await bench([...flags, '--json', file]);
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
        const { results, ratios, beside, multiplyAdds } = JSON.parse(
          readFileSync(file, 'utf8'),
        ) as Figures;
        expect(results.map(({ backend, way }) => `${backend} ${way}`)).toEqual([
          'wasm stock',
          'wasm eager',
        ]);
        const [stock, ours] = results as [BenchResult, BenchResult];
        for (const { stepMs, fastestStepMs, hostMs, tensorBytes, tensors } of [stock, ours]) {
          expect(fastestStepMs).toBeGreaterThan(0);
          expect(stepMs).toBeGreaterThanOrEqual(fastestStepMs);
          expect(hostMs).toBeGreaterThan(0);
          expect(hostMs).toBeLessThanOrEqual(stepMs);
          expect(tensorBytes).toBeGreaterThan(4 * 25_390);
          expect(tensors).toBeGreaterThan(0);
        }
        expect(stock.growth).toBeNull();
        expect(ours.growth).toMatchObject({ steps: 40, tensors: 0, gpuBytes: null, wasmBytes: 0 });
        expect(ours.dispatches).toBeNull();
        expect(ratios).toHaveLength(1);
        expect(ratios[0]).toMatchObject({ of: 'wasm stock', to: 'wasm eager' });
        expect(ratios[0]!.step).toBeCloseTo(stock.stepMs / ours.stepMs, 10);
        expect(multiplyAdds).toBeGreaterThan(1e6);
        expect(stdout).toContain(stock.stepMs.toFixed(2));
        expect(stdout).toContain('wasm stock / wasm eager: step');
        expect(beside.map(({ backend, what }) => `${backend} ${what}`)).toEqual([
          'wasm cell',
          'wasm nas-bench-1shot1-3',
          'wasm darts-v2',
          'wasm gdas',
        ]);
        for (const { stepMs, share } of beside) {
          expect(stepMs).toBeGreaterThan(0);
          expect(share).toBeCloseTo(stepMs / ours.stepMs, 10);
        }
        // Two more passes forward and back, and two at weights moved a little to both sides.
        expect(beside[2]!.share).toBeGreaterThan(1.2);
        expect(stdout).toMatch(/wasm: a step of GDAS takes/);
        expect(stdout).toMatch(/wasm: a bilevel step in NAS-Bench-1Shot1, space 3 takes/);
        expect(stdout).toMatch(
          /wasm: a step of the all-3x3 cell by itself takes .* of our bilevel/,
        );
      }),
    60_000,
  );

  test.each([
    ['--backend', ['--backend', 'wasm,cuda']],
    ['--scale', ['--scale', 'huge']],
    ['--only', ['--only', 'fast']],
    ['--beside', ['--beside', 'cell,nothing']],
    ['--rounds', ['--rounds', '0']],
    ['--growth', ['--growth', '-1']],
    ['--json', ['--json', '/nowhere/at/all.json']],
  ])('names %s when it is wrong', async (flag, flags) => {
    const { status, stderr } = await bench(flags);
    expect(status).toBe(2);
    expect(stderr).toContain(flag);
  });
});
