import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawsOf } from '../../src/data/draw';
import type { FusedKernels } from '../../src/engine/fused/fused';
import { enterStage } from '../../src/engine/enter-stage';
import { DROPPED } from '../../src/engine/fused/method';
import { Search } from '../../src/engine/search';
import type { SearchSnapshot } from '../../src/engine/snapshot';
import { METHOD_NAMES, type EffectiveConfig, type MethodName } from '../../src/paper/config';
import { epochImages, optionsOf } from '../../src/paper/method/recipe';
import { METHOD_FACTS } from '../../src/paper/method/registry';
import { DEFAULT_SETTINGS } from '../../src/paper/regime';
import { resolveConfig } from '../../src/paper/resolve';
import { validateSettings } from '../../src/paper/validate';
import { epochNoise } from '../../src/trainer/batches';
import { trialPlan } from '../../src/trainer/derive';
import { trainPolicy } from '../../src/trainer/policy';
import { noiseSet } from '../support/noise-set';
import { FEW, openGpu, type OpenedGpu } from '../support/webgpu';

/*
 * Steps captured and replayed on an emulated GPU: the same bits as steps run one by one, and nothing left
 * behind. All on one device, which an emulated GPU takes long to compile for.
 */

const BATCH = 2;
const HALF = noiseSet(16, 8);

let opened: OpenedGpu;
let launching: FusedKernels;
beforeAll(async () => {
  opened = await openGpu(FEW);
  launching = launchingOf(opened.fused);
});
afterAll(() => opened.close());

/** Captures nothing. */
function launchingOf(fused: FusedKernels): FusedKernels {
  const run = { value: (_key: string, body: () => void) => body() };
  return Object.create(fused, { run }) as FusedKernels;
}

/** Computes all operations, whatever was drawn. */
function computingAll(fused: FusedKernels): FusedKernels {
  const whole = (argument: unknown) =>
    typeof argument === 'object' && argument !== null && 'drawn' in argument
      ? { ...argument, drawn: null }
      : argument;
  return new Proxy(fused, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== 'function') return member;
      return (...given: unknown[]): unknown =>
        (member as (...args: unknown[]) => unknown).apply(target, given.map(whole));
    },
  });
}

/** Methods whose mixtures are choices: what was not drawn is left out. */
const DRAWING: readonly MethodName[] = ['gdas', 'setn', 'rsps', 'enas'];

/** Methods of whose searches the Hessian is measured as well: one of each supernet. */
const MEASURED: readonly MethodName[] = ['darts-v1', 'pc-darts'];

/** A small network of few operations: each way to compile them is tested elsewhere. */
function configOf(choice: object, images: number): EffectiveConfig {
  const { settings } = validateSettings({
    ops: ['none', 'skip_connect', 'nor_conv_1x1'],
    epochs: 2,
    ...choice,
    scale: `c4-n1-r8-i16-b${BATCH}`,
  });
  const { effective } = resolveConfig({ ...DEFAULT_SETTINGS, ...settings });
  return { ...effective, stepsPerEpoch: Math.ceil(images / BATCH) };
}

/**
 * Two epochs of so many images, whose rates differ, and all that a run reads of them.
 * Steps are captured if these kernels capture.
 */
async function train(
  fused: FusedKernels,
  config: EffectiveConfig,
  images: number,
  start: SearchSnapshot | { readonly seed: number } = { seed: 3 },
  stage = 0,
) {
  const { k } = opened;
  k.install(fused);
  const before = k.count;
  const { method } = config;
  const data = { weights: HALF, alpha: HALF };
  const search = new Search(k, config, data, start, false, stage);
  const count = epochImages(method, { images: 16 });
  const draws = (factor: number) =>
    drawsOf(
      Array.from({ length: images }, (_, i) => (factor * i) % count),
      8,
      null,
    );
  const trails: Awaited<ReturnType<Search['trail']>>[] = [];
  const totals: Awaited<ReturnType<Search['totals']>>[] = [];
  for (const epoch of [1, 2]) {
    const trains = METHOD_FACTS[method].trainsAlpha && epoch > config.warmup;
    search.begin({
      batch: BATCH,
      images,
      train: draws(5),
      alpha: trains ? draws(7) : null,
      weightRate: 0.1 / epoch,
      weights: config.weights,
      alphaOptimiser: config.alpha,
      ...epochNoise(config, 3, epoch, search.policy()),
    });
    for (let step = 0; step < config.stepsPerEpoch; step++) {
      search.step();
      await search.pace();
    }
    await trainPolicy(search, config, HALF, 3, epoch, config.alpha);
    trails.push(await search.trail());
    totals.push(await search.totals());
  }
  const alpha = await search.alpha();
  const trial = trialPlan(config, HALF, 3, 1, alpha, search.policy());
  const few = trial && { ...trial, cells: trial.cells.slice(0, 3), draws: draws(1) };
  const accuracies = few && (await search.accuracies(few));
  const evaluation = await search.evaluate(config.space ? undefined : [1, 1, 2, 1, 1, 1]);
  const hessian = config.hessian ? await search.hessian() : null;
  const snapshot = await search.snapshot();
  search.dispose();
  k.dispose();
  const left = k.count - before;
  return { alpha, trails, totals, accuracies, evaluation, hessian, snapshot, left };
}

/** Every method, and again with all its options on. */
const STEPPED = METHOD_NAMES.flatMap((method) => {
  const options = optionsOf(method);
  return [{ method, options: [] }, ...(options.length > 0 ? [{ method, options }] : [])];
});
/** And with alphas for each stage. */
const STAGED = { method: 'darts-v1', options: [], stages: true } as const;

test.each([...STEPPED, STAGED])(
  '$method $options: replayed steps equal eager ones to the bit',
  async (choice) => {
    const { method } = choice;
    const hessian = MEASURED.includes(method) && choice !== STAGED;
    const config = configOf({ ...choice, ...(hessian && { hessian }) }, 6);
    const replayed = await train(opened.fused, config, 6);
    expect(replayed.left).toBe(0);
    expect(await train(launching, config, 6)).toEqual(replayed);
    if (DRAWING.includes(method)) {
      expect(await train(launchingOf(computingAll(opened.fused)), config, 6)).toEqual(replayed);
    }
    const [first, last] = [replayed.trails[1]![0]!, replayed.trails[1]!.at(-1)!];
    // What is random differs from step to step, replayed or not.
    if (METHOD_FACTS[method].trainsAlpha) expect(last).not.toEqual(first);
    // A policy learns behind the steps.
    if (method === 'enas') expect(last).not.toEqual(replayed.alpha);
    else expect(last).toEqual(replayed.alpha);
    const [, totals] = replayed.totals;
    expect(totals!.steps).toBe(3);
    expect(Number.isFinite(totals!.loss + replayed.evaluation.loss)).toBe(true);
    expect(replayed.hessian !== null).toBe(hessian);
    // Symmetric, as second derivatives are, although each half is measured by itself.
    replayed.hessian?.forEach((row, i) =>
      row.forEach((value, j) =>
        expect(Math.abs(value - replayed.hessian![j]![i]!)).toBeLessThan(1e-3),
      ),
    );
    expect(opened.errors).toEqual([]);
  },
);

test('the second stage of a progressive search is captured anew, without what was dropped', async () => {
  const ops = ['none', 'skip_connect', 'nor_conv_1x1', 'avg_pool_3x3'];
  const choice = { method: 'drnas', options: ['kl', 'progressive'], ops, epochs: 4 };
  const config = configOf(choice, 6);
  const first = await train(opened.fused, config, 6);
  const start = enterStage(config, 1, first.snapshot, 3);
  const replayed = await train(opened.fused, config, 6, start, 1);
  expect(await train(launching, config, 6, start, 1)).toEqual(replayed);
  expect(replayed.left).toBe(0);
  expect(replayed.snapshot.kept).toEqual(start.kept);
  const marks = replayed.alpha.flat().map((value) => Number(value !== DROPPED));
  expect(marks).toEqual([...start.kept!]);
  expect(marks.filter((mark) => mark === 0)).toHaveLength(6);
  expect(replayed.snapshot.alpha).not.toEqual(start.alpha);
  expect(replayed.snapshot.weights.length).toBeGreaterThan(first.snapshot.weights.length);
  expect(Number.isFinite(replayed.evaluation.loss)).toBe(true);
  expect(opened.errors).toEqual([]);
});

test.each([
  // More steps than wait for the device at a time; the last of an epoch is short.
  { steps: 20, images: 39, choice: {} },
  { steps: 3, images: 6, choice: { space: 'nas-bench-1shot1-1', ops: undefined } },
])(
  '$steps replayed steps with alpha frozen, then $steps without, equal eager ones: $choice',
  async ({ steps, images, choice }) => {
    const config = configOf({ ...choice, warmup: 1, epochs: 1 }, images);
    const replayed = await train(opened.fused, config, images);
    expect(await train(launching, config, images)).toEqual(replayed);
    expect(replayed.left).toBe(0);
    const [frozen, joint] = replayed.trails;
    expect(frozen!.at(-1)).toEqual(frozen![0]);
    expect(joint!.at(-1)).not.toEqual(joint![0]);
    expect(replayed.snapshot.alphaSteps).toBe(steps);
    expect(opened.errors).toEqual([]);
  },
);
