import { afterEach, describe, expect, test } from 'vitest';
import { StockKernels } from '../../../src/engine/fused/stock';
import type { Tensor } from '../../../src/engine/fused/fused';
import { selfTest } from '../../../src/engine/self-test';
import { startBackend } from '../../support/backends';

/** Kernels with one mistake, as a driver might make it. */
class Flawed extends StockKernels {
  constructor(
    private readonly kernels: ConstructorParameters<typeof StockKernels>[0],
    private readonly flaw: (values: Float32Array) => void,
  ) {
    super(kernels);
  }

  override moments(z: Tensor): Tensor {
    const moments = super.moments(z);
    this.flaw(this.kernels.host(moments));
    return moments;
  }
}

describe('the self-test', () => {
  let dispose: (() => void) | null = null;
  afterEach(() => dispose?.());

  test('passes on right kernels and leaves nothing behind', async () => {
    const k = await startBackend('wasm');
    dispose = () => k.dispose();
    expect(await selfTest(k)).toMatchObject({ passed: true });
    const before = k.count;
    const { passed, detail } = await selfTest(k);
    expect(passed).toBe(true);
    expect(detail).toMatch(/in 39 numbers; the largest difference is 0\.0\d of what rounding may/);
    expect(k.count).toBe(before);
  });

  test.each([
    ['a mean that is off by a thousandth', (values: Float32Array) => (values[0]! += 1e-3)],
    ['a NaN', (values: Float32Array) => (values[1] = NaN)],
  ])('notices %s', async (_, flaw) => {
    const k = await startBackend('wasm');
    dispose = () => k.dispose();
    k.install(new Flawed(k, flaw));
    const { passed, detail } = await selfTest(k);
    expect(passed).toBe(false);
    expect(detail).toMatch(/^The .* of step \d is off by .*; at most 0\.0002 is rounding\.$/);
  });
});
