import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawsOf } from '../../src/data/draw';
import { planMemory } from '../../src/engine/memory-plan';
import { Search } from '../../src/engine/search';
import { METHOD_NAMES, type EffectiveConfig } from '../../src/paper/config';
import { epochImages } from '../../src/paper/method/recipe';
import { METHOD_FACTS } from '../../src/paper/method/registry';
import { stagesOf } from '../../src/paper/method/stages';
import { DEFAULT_SETTINGS } from '../../src/paper/regime';
import { resolveConfig } from '../../src/paper/resolve';
import { validateSettings } from '../../src/paper/validate';
import { epochNoise } from '../../src/trainer/batches';
import { trialPlan } from '../../src/trainer/derive';
import { trainPolicy } from '../../src/trainer/policy';
import { watchGpu } from '../../src/trainer/gpu-watch';
import { noiseSet } from '../support/noise-set';
import { FEW, MANY, openGpu, type OpenedGpu } from '../support/webgpu';

/*
 * What a program computes does not change the memory that it is given. So every program of ours is an
 * empty one here: little takes long to compile or to run, and nets of real sizes can go through an
 * epoch. Those of tfjs itself, of which the 1Shot1 supernets need a few, find out from their code what
 * they bind, and stay as they are.
 */

const COMPILERS = ['createComputePipeline', 'createComputePipelineAsync'] as const;
const originals = Object.getOwnPropertyDescriptors(GPUDevice.prototype);

function emptied(device: GPUDevice, descriptor: GPUComputePipelineDescriptor) {
  if (descriptor.layout === 'auto') return descriptor;
  const code = '@compute @workgroup_size(1) fn main() {}';
  return { ...descriptor, compute: { module: device.createShaderModule({ code }) } };
}

beforeAll(() => {
  for (const name of COMPILERS) {
    const compile = originals[name].value as GPUDevice['createComputePipelineAsync'];
    const value = function (this: GPUDevice, descriptor: GPUComputePipelineDescriptor) {
      return compile.call(this, emptied(this, descriptor));
    };
    Object.defineProperty(GPUDevice.prototype, name, { ...originals[name], value });
  }
});
afterAll(() => {
  for (const name of COMPILERS) Object.defineProperty(GPUDevice.prototype, name, originals[name]);
});

/** An epoch as a run takes it, from the first tensor to the checkpoint. */
async function train(
  { k, errors }: OpenedGpu,
  config: EffectiveConfig,
  recompute: boolean,
  stage: number,
) {
  const { batch, resolution } = config.scale;
  const images = epochImages(config.method, config.scale);
  const set = noiseSet(config.scale.images, resolution);
  const data = { weights: set, alpha: set };
  const search = new Search(k, config, data, { seed: 0 }, recompute, stage);
  const numbers = Array.from({ length: images }, (_, i) => i);
  const draws = drawsOf(numbers, resolution, null);
  search.begin({
    batch,
    images,
    train: draws,
    alpha: METHOD_FACTS[config.method].trainsAlpha ? draws : null,
    weightRate: config.weights.rate,
    weights: config.weights,
    alphaOptimiser: config.alpha,
    ...epochNoise(config, 0, 1),
  });
  const trial = trialPlan(config, set, 0, 1, await search.alpha(), search.policy());
  await search.prepare(undefined, trial);
  for (let step = 0; step < config.stepsPerEpoch; step++) search.step();
  await search.totals();
  await search.trail();
  await trainPolicy(search, config, set, 0, 1, config.alpha);
  if (trial) await search.accuracies(trial);
  await search.evaluate();
  await search.snapshot();
  expect(errors).toEqual([]);
  return search;
}

test.each([
  ['c4-n1-r8-i64-b16', FEW, false, false],
  ['c8-n1-r8-i32-b32 nas-bench-1shot1-1', FEW, false, false],
  ['c8-n1-r8-i32-b32 nas-bench-1shot1-3', MANY, false, true],
  ['c4-n1-r8-i40-b16', FEW, false, false],
  ['c8-n1-r8-i40-b16 darts-v2', FEW, false, false],
  ['c8-n1-r8-i40-b16 amended-darts', MANY, false, true],
  ['c4-n1-r8-i40-b16 gaea-erm', FEW, false, false],
  ['c4-n1-r8-i40-b16 drnas', FEW, false, false],
  ['c8-n1-r8-i40-b16 drnas progressive', MANY, false, true],
  ['c4-n1-r8-i40-b16 gdas', FEW, false, false],
  ['c4-n1-r8-i40-b16 setn', FEW, false, false],
  ['c4-n1-r8-i40-b16 rsps', FEW, false, false],
  ['c4-n1-r8-i40-b16 enas', FEW, false, false],
  ['c8-n1-r8-i40-b16 pc-darts', MANY, false, true],
  ['c8-n1-r16-i64-b64', FEW, false, false],
  ['c8-n1-r16-i64-b64', MANY, false, true],
  ['c8-n1-r16-i64-b64', MANY, true, false],
  ['c16-n2-r32-i64-b32', MANY, false, false],
  ['tiny', MANY, false, false],
] as const)(
  'tells the bytes of all GPU buffers at %s, %i threads, half %s, cells computed twice %s',
  async (size, threads, half, recompute) => {
    const [scale, name, options = null] = size.split(' ');
    const method = METHOD_NAMES.find((known) => known === name);
    const { settings } = validateSettings({
      scale,
      ...(method ? { method, options } : { space: name }),
    });
    const config = resolveConfig({ ...DEFAULT_SETTINGS, ...settings }).effective;
    const gpu = watchGpu()!;
    const opened = await openGpu(threads, { half });
    const total = recompute ? 0 : Infinity;
    const plan = planMemory(config, { gpu: opened.tuning, limits: { tensor: Infinity, total } });
    expect(plan.recompute).toBe(recompute);
    gpu.resetPeak();
    // The last stage has the most channels.
    const search = await train(opened, config, recompute, stagesOf(config).length - 1);
    expect(Math.abs(gpu.peakBytes / plan.bytes - 1)).toBeLessThan(0.01);
    // Nothing of it stays but a few constants.
    search.dispose();
    expect(gpu.bytes).toBeLessThan(10_000);
    opened.close();
    gpu.stop();
  },
);
