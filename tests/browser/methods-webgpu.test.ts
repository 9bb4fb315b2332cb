import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawsOf } from '../../src/data/draw';
import type { FusedKernels } from '../../src/engine/fused/fused';
import { Search } from '../../src/engine/search';
import { METHOD_NAMES, type MethodName } from '../../src/paper/config';
import { epochImages } from '../../src/paper/method/recipe';
import { METHOD_FACTS } from '../../src/paper/method/registry';
import { DEFAULT_SETTINGS } from '../../src/paper/regime';
import { resolveConfig } from '../../src/paper/resolve';
import { epochNoise } from '../../src/trainer/batches';
import { trialPlan } from '../../src/trainer/derive';
import { trainPolicy } from '../../src/trainer/policy';
import { noiseSet } from '../support/noise-set';
import { FEW, openGpu, type OpenedGpu } from '../support/webgpu';

/*
 * Every method's steps, captured and replayed, on an emulated GPU: the same bits as steps run one by one,
 * and nothing left behind.
 */

const IMAGES = 6;
const BATCH = 2;

let opened: OpenedGpu;
let launching: FusedKernels;
beforeAll(async () => {
  opened = await openGpu(FEW);
  launching = Object.create(opened.fused, {
    run: { value: (_key: string, body: () => void) => body() },
  }) as FusedKernels;
});
afterAll(() => opened.close());

/** Methods of whose searches the Hessian is measured as well: one of each supernet. */
const MEASURED: readonly MethodName[] = ['darts-v1', 'pc-darts'];

const configOf = (method: MethodName) =>
  resolveConfig({
    ...DEFAULT_SETTINGS,
    method,
    ops: ['none', 'skip_connect', 'nor_conv_1x1'],
    scale: `c4-n1-r8-i16-b${BATCH}`,
    epochs: 2,
    ...(MEASURED.includes(method) && { hessian: true }),
  }).effective;

async function train(fused: FusedKernels, method: MethodName) {
  const { k } = opened;
  k.install(fused);
  const before = k.count;
  const config = { ...configOf(method), stepsPerEpoch: IMAGES / BATCH };
  const half = noiseSet(16, 8);
  const search = new Search(k, config, { weights: half, alpha: half }, { seed: 3 });
  const count = epochImages(method, { images: 16 });
  const draws = (factor: number) =>
    drawsOf(
      Array.from({ length: IMAGES }, (_, i) => (factor * i) % count),
      8,
      null,
    );
  for (const epoch of [1, 2]) {
    search.begin({
      batch: BATCH,
      images: IMAGES,
      train: draws(5),
      alpha: METHOD_FACTS[method].trainsAlpha ? draws(7) : null,
      weightRate: 0.1,
      weights: config.weights,
      alphaOptimiser: config.alpha,
      ...epochNoise(config, 3, epoch, search.policy()),
    });
    for (let step = 0; step < IMAGES / BATCH; step++) {
      search.step();
      await search.pace();
    }
    await trainPolicy(search, config, half, 3, epoch, config.alpha);
  }
  const trail = await search.trail();
  const totals = await search.totals();
  const alpha = await search.alpha();
  const trial = trialPlan(config, half, 3, 1, alpha, search.policy());
  const few = trial && { ...trial, cells: trial.cells.slice(0, 3), draws: draws(1) };
  const accuracies = few && (await search.accuracies(few));
  const evaluation = await search.evaluate([1, 1, 2, 1, 1, 1]);
  const hessian = config.hessian ? await search.hessian() : null;
  const snapshot = await search.snapshot();
  search.dispose();
  k.dispose();
  const left = k.count - before;
  return { alpha, trail, totals, accuracies, evaluation, hessian, snapshot, left };
}

test.each(METHOD_NAMES)('%s: replayed steps equal eager ones to the bit', async (method) => {
  const replayed = await train(opened.fused, method);
  expect(replayed.left).toBe(0);
  expect(await train(launching, method)).toEqual(replayed);
  const [first, last] = [replayed.trail[0]!, replayed.trail.at(-1)!];
  // What is random differs from step to step, replayed or not.
  if (METHOD_FACTS[method].trainsAlpha) expect(last).not.toEqual(first);
  // A policy learns behind the steps.
  if (method === 'enas') expect(last).not.toEqual(replayed.alpha);
  else expect(last).toEqual(replayed.alpha);
  expect(replayed.totals.steps).toBe(3);
  expect(Number.isFinite(replayed.totals.loss + replayed.evaluation.loss)).toBe(true);
  const { hessian } = replayed;
  hessian?.forEach((row, i) =>
    row.forEach((value, j) => expect(Math.abs(value - hessian[j]![i]!)).toBeLessThan(1e-3)),
  );
  expect(opened.errors).toEqual([]);
});
