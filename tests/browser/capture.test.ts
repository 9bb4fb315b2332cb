import { expect, test } from 'vitest';
import { drawsOf } from '../../src/data/draw';
import { RandomStream } from '../../src/data/random';
import type { FusedKernels } from '../../src/engine/fused/fused';
import type { Kernels } from '../../src/engine/kernels';
import { Search } from '../../src/engine/search';
import type { SearchSnapshot } from '../../src/engine/snapshot';
import type { EffectiveConfig } from '../../src/paper/config';
import { DEFAULT_SETTINGS } from '../../src/paper/regime';
import { resolveConfig } from '../../src/paper/resolve';
import { validateSettings } from '../../src/paper/validate';
import { noiseSet } from '../support/noise-set';
import { FEW, openGpu } from '../support/webgpu';

const BATCH = 2;

interface Outcome {
  readonly snapshot: SearchSnapshot;
  readonly totals: unknown[];
  readonly trails: unknown[];
  readonly evaluation: unknown;
  readonly tensors: number;
}

/**
 * Two epochs of so many steps; alpha is frozen in the first, and rates change from one to the other.
 * Steps are captured if these kernels capture.
 */
async function train(k: Kernels, config: EffectiveConfig, fused: FusedKernels): Promise<Outcome> {
  const { stepsPerEpoch: steps } = config;
  const { images } = config.scale;
  const data = { weights: noiseSet(images, 8), alpha: noiseSet(40, 8) };
  k.install(fused);
  const before = k.count;
  const search = new Search(k, config, data, { seed: 3 });
  const totals: unknown[] = [];
  const trails: unknown[] = [];
  for (const epoch of [1, 2]) {
    const stream = RandomStream.named(3, `draws/${epoch}`);
    const draw = (count: number) =>
      drawsOf(
        Array.from({ length: images }, () => stream.int(count)),
        8,
        stream,
      );
    search.begin({
      batch: BATCH,
      images,
      train: draw(images),
      alpha: epoch === 1 ? null : draw(40),
      weightRate: 0.1 / epoch,
      weights: config.weights,
      alphaOptimiser: config.alpha,
    });
    for (let step = 0; step < steps; step++) {
      search.step();
      await search.pace();
    }
    totals.push(await search.totals());
    trails.push(await search.trail());
  }
  const evaluation = await search.evaluate();
  const snapshot = await search.snapshot();
  search.dispose();
  k.dispose();
  return { snapshot, totals, trails, evaluation, tensors: k.count - before };
}

test.each([
  // Few operations: each way to compile them is tested elsewhere, and takes an emulated GPU long.
  // The last step of an epoch is short here.
  { steps: 150, images: 299, ops: ['none', 'skip_connect', 'nor_conv_1x1'] as const },
  { steps: 8, images: 16, space: 'nas-bench-1shot1-1' as const },
])(
  'two epochs of $steps replayed steps equal eager ones to the bit',
  { timeout: 400_000 },
  async ({ steps, images, ...choice }) => {
    const scale = `c4-n1-r8-i${images}-b${BATCH}`;
    const { settings } = validateSettings({ ...choice, scale, warmup: 1, epochs: 1 });
    const { effective } = resolveConfig({ ...DEFAULT_SETTINGS, ...settings });
    const { k, errors, close, fused: capturing } = await openGpu(FEW);
    const launching = Object.create(capturing, {
      run: { value: (_key: string, body: () => void) => body() },
    }) as FusedKernels;
    expect(effective.stepsPerEpoch).toBe(steps);
    const replayed = await train(k, effective, capturing);
    const eager = await train(k, effective, launching);
    expect(replayed).toEqual(eager);
    expect(replayed.tensors).toBe(0);
    // Alpha stood still in the first epoch and moved in the second.
    const [frozen, joint] = replayed.trails as number[][][][];
    expect(frozen!.at(-1)).toEqual(frozen![0]);
    expect(joint!.at(-1)).not.toEqual(joint![0]);
    expect(replayed.snapshot.alphaSteps).toBe(steps);
    expect(errors).toEqual([]);
    close();
  },
);
