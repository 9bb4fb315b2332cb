import { memory } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Kernels } from '../../../src/engine/kernels';
import { Layout } from '../../../src/engine/layout';
import { PlainSearch } from '../../../src/engine/reference/plain-search';
import { OPERATIONS } from '../../../src/paper/operation';
import { DEFAULT_SETTINGS } from '../../../src/paper/regime';
import { resolveConfig } from '../../../src/paper/resolve';
import { startBackend } from '../../support/backends';
import { golden, goldenBatch, goldenValue } from '../../support/golden';

describe('the search as one would write it in stock tfjs', () => {
  let k: Kernels;
  beforeAll(async () => {
    k = await startBackend('wasm');
  });
  afterAll(() => k.dispose());

  const { weights, alpha } = resolveConfig({ ...DEFAULT_SETTINGS, scale: 'paper' }).effective;
  const start = () => {
    const layout = new Layout({
      channels: golden.C,
      cells: golden.N,
      resolution: golden.resolution,
      ops: OPERATIONS,
      classes: 10,
    });
    const flat = layout.build(goldenValue);
    return new PlainSearch(layout, flat, Float32Array.from(golden.alpha0.flat()));
  };

  test('three bilevel steps equal PyTorch in float64', () => {
    const search = start();
    for (const expected of golden.three_bilevel_steps) {
      const { trainLoss, norm, validLoss } = search.step(
        goldenBatch(0),
        goldenBatch(1),
        weights.rate,
        weights,
        alpha,
      );
      expect(trainLoss.dataSync()[0]).toBeCloseTo(expected.train_loss, 4);
      expect(norm.dataSync()[0]).toBeCloseTo(expected.grad_norm, 3);
      expect(validLoss!.dataSync()[0]).toBeCloseTo(expected.valid_loss, 4);
      const values = [...search.alpha.dataSync()];
      expected.alpha
        .flat()
        .forEach((value, i) => expect(Math.abs(values[i]! - value)).toBeLessThan(3e-6));
    }
    search.dispose();
  });

  test('keeps alpha where it is while it is frozen, and leaves no tensor behind', () => {
    const before = memory().numTensors;
    const search = start();
    const held = memory().numTensors;
    for (let i = 0; i < 2; i++) {
      const scalars = search.step(goldenBatch(0), null, weights.rate, weights, alpha);
      expect(scalars.validLoss).toBeNull();
      scalars.trainLoss.dispose();
      scalars.norm.dispose();
    }
    expect([...search.alpha.dataSync()]).toEqual([...Float32Array.from(golden.alpha0.flat())]);
    expect(memory().numTensors).toBe(held);
    search.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
