import { describe, expect, test } from 'vitest';
import { growth, type Holding } from '../../../cli/lib/soak';
import { bundled } from './command';

const flat = (steps: number): Holding => ({ steps, tensors: 40, wasmBytes: 1e7, heapBytes: 2e7 });
const run = Array.from({ length: 8 }, (_, at) => flat(at + 1));

describe('growth', () => {
  test('is none while the numbers stay, or rise before they have settled', () => {
    expect(growth(run)).toEqual([]);
    expect(growth([{ ...flat(0), tensors: 3, wasmBytes: 1, heapBytes: 0 }, ...run])).toEqual([]);
    expect(growth([])).toEqual([]);
  });

  test('of each is told, by one tensor a step, too', () => {
    const leak = run.map((holding, at) => ({ ...holding, tensors: 40 + at }));
    expect(growth(leak)).toEqual(['tensors: 42 to 47']);
    const wasm = run.map((holding, at) => ({ ...holding, wasmBytes: 1e7 + 65536 * at }));
    expect(growth(wasm)[0]).toMatch(/^bytes of wasm/);
    const heap = run.map((holding, at) => ({ ...holding, heapBytes: 2e7 + 1e6 * at }));
    expect(growth(heap)[0]).toMatch(/^bytes of JavaScript/);
  });
});

test('a short soak is flat', async () => {
  const soak = await bundled('soak');
  const { status, stdout } = await soak(['--steps', '256']);
  expect(stdout).toMatch(/\n256 steps: \d+ tensors/);
  expect(stdout).toMatch(/Memory is flat\./);
  expect(status).toBe(0);
});
