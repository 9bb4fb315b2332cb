import { afterAll, expect, test } from 'vitest';
import { drawsOf } from '../../src/data/draw';
import { RandomStream } from '../../src/data/random';
import type { DerivedArchitecture } from '../../src/engine/evaluation/derived';
import { Training } from '../../src/engine/evaluation/training';
import type { FusedKernels } from '../../src/engine/fused/fused';
import { evaluationSuite, genotypeOf, CELLS } from '../support/evaluation-suite';
import { blockArchitecture, oneShotCellSuite } from '../support/one-shot-cell-suite';
import { noiseSet } from '../support/noise-set';
import { FEW, openGpu, type OpenedGpu } from '../support/webgpu';

let gpu: OpenedGpu;

// An emulated GPU takes a while to compile a net; all backends share what decides what is computed.
evaluationSuite(
  'webgpu',
  async () => {
    gpu = await openGpu(FEW);
    return gpu.k;
  },
  ['every operation', 'convolutions of a node that is zero'],
);

// On the device that the suite above has opened.
oneShotCellSuite('webgpu', () => Promise.resolve(gpu.k), ['three blocks of different widths']);

const edges = {
  genotype: genotypeOf(CELLS['every operation']),
  channels: 4,
  cells: 1,
  resolution: 8,
  classes: 10,
};

test.each<[string, DerivedArchitecture]>([
  ['NAS-Bench-201', edges],
  ['NAS-Bench-1Shot1', blockArchitecture('three blocks of different widths')],
])('captured steps equal steps run one by one, the test included: %s', async (_, architecture) => {
  const { k, fused, errors } = gpu;
  const launching = Object.create(fused, {
    run: { value: (_key: string, body: () => void) => body() },
  }) as FusedKernels;
  // Batches of three, as above, and what is left.
  const data = { train: noiseSet(8, 8), test: noiseSet(5, 8) };
  const epochs = async (kernels: FusedKernels) => {
    k.install(kernels);
    const training = new Training(k, architecture, data, 3, { seed: 5 });
    const results: unknown[] = [];
    for (const epoch of [1, 2]) {
      const numbers = Uint32Array.from({ length: 8 }, (_, i) => (i * 3) % 8);
      const draws = drawsOf(numbers, 8, RandomStream.named(5, `draws/${epoch}`));
      const optimiser = { momentum: 0.9, decay: 5e-4 };
      training.begin({ batch: 3, images: 8, draws, rate: 0.1 / epoch, optimiser });
      for (let step = 0; step < 3; step++) training.step();
      results.push(await training.totals(), await training.evaluate());
    }
    results.push(await training.snapshot());
    training.dispose();
    return results;
  };
  const captured = await epochs(fused);
  // The first training may have made constants.
  const count = k.count;
  expect(captured).toEqual(await epochs(launching));
  expect(k.count).toBe(count);
  expect(errors).toEqual([]);
});

afterAll(() => gpu.close());
