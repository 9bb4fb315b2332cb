import { expect, test } from 'vitest';
import { drawsOf } from '../../src/data/draw';
import { RandomStream } from '../../src/data/random';
import type { FusedKernels } from '../../src/engine/fused/fused';
import { Search } from '../../src/engine/search';
import type { SearchSnapshot } from '../../src/engine/snapshot';
import { DEFAULT_SETTINGS } from '../../src/paper/regime';
import { resolveConfig } from '../../src/paper/resolve';
import { noiseSet } from '../support/noise-set';
import { FEW, openGpu } from '../support/webgpu';

/** Steps of each of two epochs; alpha is frozen in the first. The last step of each is short. */
const STEPS = 150;
const BATCH = 2;
const IMAGES = STEPS * BATCH - 1;

const { effective } = resolveConfig({
  ...DEFAULT_SETTINGS,
  // Few operations: each way to compile them is tested elsewhere, and takes an emulated GPU long.
  ops: ['none', 'skip_connect', 'nor_conv_1x1'],
  scale: `c4-n1-r8-i${IMAGES}-b${BATCH}`,
  warmup: 1,
  epochs: 1,
});

interface Outcome {
  readonly snapshot: SearchSnapshot;
  readonly totals: unknown[];
  readonly trails: unknown[];
  readonly evaluation: unknown;
  readonly tensors: number;
}

test('300 replayed steps equal 300 eager ones to the bit', { timeout: 400_000 }, async () => {
  const { k, errors, close, fused: capturing } = await openGpu(FEW);
  const launching = Object.create(capturing, {
    run: { value: (_key: string, body: () => void) => body() },
  }) as FusedKernels;
  const data = { weights: noiseSet(IMAGES, 8), alpha: noiseSet(40, 8) };

  const train = async (fused: FusedKernels): Promise<Outcome> => {
    k.install(fused);
    const before = k.count;
    const search = new Search(k, effective, data, { seed: 3 });
    const totals: unknown[] = [];
    const trails: unknown[] = [];
    for (const epoch of [1, 2]) {
      const stream = RandomStream.named(3, `draws/${epoch}`);
      const draw = (count: number) =>
        drawsOf(
          Array.from({ length: IMAGES }, () => stream.int(count)),
          8,
          stream,
        );
      search.begin({
        batch: BATCH,
        images: IMAGES,
        train: draw(IMAGES),
        alpha: epoch === 1 ? null : draw(40),
        weightRate: 0.1 / epoch,
        weights: effective.weights,
        alphaOptimiser: effective.alpha,
      });
      for (let step = 0; step < STEPS; step++) {
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
  };

  const replayed = await train(capturing);
  const eager = await train(launching);
  expect(replayed).toEqual(eager);
  expect(replayed.tensors).toBe(0);
  // Alpha stood still in the first epoch and moved in the second.
  const [frozen, joint] = replayed.trails as number[][][][];
  expect(frozen!.at(-1)).toEqual(frozen![0]);
  expect(joint!.at(-1)).not.toEqual(joint![0]);
  expect(replayed.snapshot.alphaSteps).toBe(STEPS);
  expect(errors).toEqual([]);
  close();
});
