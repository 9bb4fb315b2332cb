import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadSearchData } from '../../../src/data/source';
import type { SearchData } from '../../../src/data/search-data';
import { openDevice, type Device } from '../../../src/engine/device';
import type { Toggle } from '../../../src/trace/types';
import { NumericError } from '../../../src/trainer/loop';
import { computed, runSmall, SMALL, SMALL_DIGEST, type FinishedRun } from '../../support/small-run';
import { fromDisk, packaged } from '../data/packaged';

let device: Device;
let data: SearchData;
let whole: FinishedRun;

beforeAll(async () => {
  await packaged();
  data = await loadSearchData({ resolution: 8, images: 64, cache: null, ...fromDisk() });
  const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  device = await openDevice('wasm', dirname(wasm) + sep);
  whole = await runSmall(device, data);
});

describe('a run', () => {
  test('has one record per epoch with everything in it', () => {
    expect(whole.records.map(({ epoch, phase }) => [epoch, phase])).toEqual([
      [1, 'joint'],
      [2, 'joint'],
      [3, 'joint'],
    ]);
    for (const record of whole.records) {
      expect(record.alpha).toHaveLength(6);
      expect(record.steps.map(({ step }) => step)).toEqual([1, 2, 3, 4]);
      expect(record.steps.at(-1)!.alpha).toEqual(record.alpha);
      expect(record.lossTrain).toBeGreaterThan(0);
      expect(record.lossAlpha).toBeGreaterThan(0);
      expect(record.accValid).toBeGreaterThanOrEqual(0);
      expect(record.accValid * 64).toBeCloseTo(Math.round(record.accValid * 64), 6);
    }
    const rates = whole.records.map(({ rateWeights }) => rateWeights);
    expect(rates).toEqual([...rates].sort((a, b) => b - a));
    expect(new Set(whole.records.map(({ rateAlpha }) => rateAlpha)).size).toBe(1);
  });

  test('is the same to the bit in Node and in every browser', () => {
    expect(whole.digest).toBe(SMALL_DIGEST);
  });

  test('depends on its seed and on nothing else', async () => {
    const again = await runSmall(device, data);
    expect(again.records.map(computed)).toEqual(whole.records.map(computed));
    const other = await runSmall(device, data, { seed: 8 });
    expect(other.digest).not.toBe(whole.digest);
  });

  test('cut off at any epoch edge and resumed equals the uninterrupted one, weights included', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 }), async (cut) => {
        const rest = await runSmall(device, data, { from: whole.checkpoints[cut]! });
        expect(rest.records.map(computed)).toEqual(whole.records.slice(cut).map(computed));
        expect(rest.checkpoints.at(-1)).toEqual(whole.checkpoints.at(-1));
      }),
      { numRuns: 4 },
    );
  });

  test('neither leaks a tensor in a step nor when it ends', async () => {
    const before = device.kernels.count;
    const counts = new Set<number>();
    await runSmall(device, data, {
      watch: ({ type }) => {
        // The first step makes the sums of the epoch.
        if (type === 'step') counts.add(device.kernels.count);
      },
    });
    expect(counts.size).toBe(1);
    expect(device.kernels.count).toBe(before);
  });

  test('ends at the first number that is none', async () => {
    const huge = data.weights.pixels.slice().fill(255);
    const broken = { ...data, weights: { ...data.weights, pixels: huge } };
    const poisoned = whole.checkpoints[1]!;
    const weights = poisoned.snapshot.weights.slice().fill(1e30);
    const from = { ...poisoned, snapshot: { ...poisoned.snapshot, weights } };
    const { count } = device.kernels;
    await expect(runSmall(device, broken, { from })).rejects.toThrow(NumericError);
    expect(device.kernels.count).toBe(count);
  });
});

describe('warm-up', () => {
  test('freezes alpha, its optimiser included, and then starts like a run without', async () => {
    const { records, checkpoints } = await runSmall(device, data, {
      settings: { warmup: 2, epochs: 1 },
    });
    expect(records.map(({ phase }) => phase)).toEqual(['warmup', 'warmup', 'joint']);
    const start = checkpoints[0]!.snapshot;
    for (const { snapshot } of checkpoints.slice(0, 3)) {
      expect(snapshot.alpha).toEqual(start.alpha);
      expect(snapshot.alphaSteps).toBe(0);
    }
    expect(checkpoints[3]!.snapshot.alphaSteps).toBe(4);
    expect(checkpoints[3]!.snapshot.alpha).not.toEqual(start.alpha);
    expect(records[0]!.lossAlpha).toBeNull();
    expect(records[0]!.rateWeights).toBe(records[2]!.rateWeights);
  });

  test('starts from the same initial values with and without, and in every subset of operations', async () => {
    const five = whole.checkpoints[0]!.snapshot;
    const { checkpoints } = await runSmall(device, data, {
      settings: { epochs: 1, ops: SMALL.ops.filter((op) => op !== 'skip_connect') },
    });
    const four = checkpoints[0]!.snapshot;
    expect(four.weights).toEqual(five.weights);
    const kept = [...five.alpha].filter((_, i) => i % 5 !== 1);
    expect([...four.alpha]).toEqual(kept);
  });
});

describe('a change in mid-run', () => {
  const from2 = (toggle: Omit<Toggle, 'fromEpoch'>) => [{ fromEpoch: 2, ...toggle }];

  test('takes effect at its epoch and leaves the earlier ones alone', async () => {
    const { records } = await runSmall(device, data, { toggles: from2({ swap: true }) });
    expect(computed(records[0]!)).toEqual(computed(whole.records[0]!));
    expect(records[1]!.rateAlpha).toBeGreaterThan(80 * records[0]!.rateAlpha);
    expect(records[1]!.rateWeights).toBeLessThan(0.05 * records[0]!.rateWeights);
    expect(records[1]!.alpha).not.toEqual(whole.records[1]!.alpha);
  });

  test('of L2 changes alpha only through the optimiser', async () => {
    const { records } = await runSmall(device, data, { toggles: from2({ l2: 1 }) });
    expect(records.map(({ l2 }) => l2)).toEqual([0.001, 1, 1]);
    expect(records[1]!.lossTrain).not.toBe(whole.records[1]!.lossTrain);
  });

  test('can freeze alpha', async () => {
    const { records } = await runSmall(device, data, { toggles: from2({ frozen: true }) });
    expect(records[2]!.alpha).toEqual(records[0]!.alpha);
    expect(records.map(({ phase }) => phase)).toEqual(['joint', 'warmup', 'warmup']);
  });
});
