import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../../../scripts/ensure.mjs';
import { compileModule } from '../../../scripts/wasm.mjs';
import { Heap } from '../../../src/engine/fused/wasm/heap';
import { loadWasmKernels } from '../../../src/engine/fused/wasm/kernels';
import { startBackend } from '../../support/backends';
import { Bench, expectClose } from '../../support/fused/bench';
import { noise } from '../../support/fused/noise';
import { fusedSuite, type Opened } from '../../support/fused-suite';
import * as plain from '../../support/plain-kernels';

async function open(): Promise<Opened> {
  const k = await startBackend('wasm');
  const fused = await loadWasmKernels(k);
  k.install(fused);
  return { k, fused, clock: 'host', close: () => k.dispose() };
}

fusedSuite('our own code on wasm', open);

describe('3x3 convolutions by tiles', () => {
  // Channels past the last whole vector, and blocks of tiles that end in mid-image or part-filled.
  test.each([
    { batch: 3, side: 6, inputs: 10, outputs: 13 },
    { batch: 2, side: 16, inputs: 9, outputs: 24 },
    { batch: 17, side: 2, inputs: 32, outputs: 33 },
    { batch: 5, side: 4, inputs: 97, outputs: 8 },
  ])('$batch x $side x $side, $inputs to $outputs channels', async (shape) => {
    const { batch, side, inputs, outputs } = shape;
    const options = { stride: 1, relu: true } as const;
    const x = noise([batch, side, side, inputs], 1, { zeros: 7 });
    const filter = noise([3, 3, inputs, outputs], 2);
    const dz = noise([batch, side, side, outputs], 3);
    const add = noise(x.shape, 4);
    const bench = new Bench(await open());
    const { z, moments, dx, dFilter } = await bench.run((desk) => {
      const gradient = desk.into(filter.shape);
      const normalised = bench.fused.convNorms(desk.put(x), [desk.put(filter)], options)[0]!;
      bench.fused.convFilter(desk.put(x), desk.put(dz), gradient, options);
      return {
        ...normalised,
        dx: bench.fused.convInput(
          desk.put(dz),
          desk.put(filter),
          desk.put(x),
          desk.give(add),
          options,
        ),
        dFilter: gradient,
      };
    });
    const expected = plain.conv(x, filter, options);
    expectClose('z', z, expected);
    expectClose('moments', moments, plain.moments(expected));
    expectClose('dx', dx, plain.convInput(dz, filter, x, add, options));
    expectClose('gradient of the filter', dFilter, plain.convFilter(x, dz, filter.shape, options));
  });
});

describe("the memory of tfjs's backend", () => {
  test('may grow between two calls', async () => {
    const { k, fused } = await open();
    const before = k.host(fused.zeros([4])).buffer.byteLength;
    const x = k.upload(Float32Array.of(1, 2, 3, 4), [1, 1, 1, 4]);
    const filter = k.upload(Float32Array.of(1, 1, 1, 1), [1, 1, 4, 1]);
    const large = k.allocate([before / 4]);
    const z = fused.conv(x, filter, { stride: 1, relu: false });
    expect(k.host(z).buffer.byteLength).toBeGreaterThan(before);
    expect([...k.host(z)]).toEqual([10]);
    k.free(x, filter, large, z);
  });

  test('is told to be used up, and not overwritten from its start', async () => {
    const { k } = await open();
    const heap = new Heap(k);
    const count = k.count;
    // Never touched, so a gibibyte costs addresses and no memory; there are addresses for four.
    const fill = () => {
      for (let i = 0; i < 4; i++) heap.make([2 ** 28]);
      return { keep: [], value: null };
    };
    expect(() => k.scope(fill)).toThrow('WebAssembly ran out of memory.');
    expect(k.count).toBe(count);
  });
});

test('the module with the compiled code is what its sources compile to', async () => {
  const kept = await readFile(`${ROOT}/src/engine/fused/wasm/binary.ts`, 'utf8');
  expect(await compileModule()).toBe(kept);
});
