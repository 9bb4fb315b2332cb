import type { Device } from '../engine/device';
import { drawsOf } from '../data/draw';
import type { ImageSet, Resolution } from '../data/images';
import { planMemory } from '../engine/memory-plan';
import { METHODS } from '../engine/method/registry';
import { Search } from '../engine/search';
import type { EffectiveConfig } from '../paper/config';
import { METHOD_FACTS } from '../paper/method/registry';
import { stagesOf } from '../paper/method/stages';
import { hessianSteps } from '../paper/stop/eigenvalue';
import { stepMultiplyAdds } from '../paper/step-cost';
import { epochNoise } from './batches';
import { policyUpdates } from './policy';

export interface Measurement {
  /** Seconds of one bilevel step at the full batch, in the slowest stage. */
  readonly stepSeconds: number;
  /** Seconds for one run of all epochs, evaluation included. */
  readonly seconds: number;
  /** Bytes of tensors at the peak of a step. */
  readonly bytes: number;
  /** Bytes of the largest tensor. */
  readonly tensor: number;
}

/** A step that would take longer than this is not tried at full size. */
const LONGEST_TRIAL = 3;
/** Multiply-adds of such a step, at most; a step of `tiny` has 2.8e8. */
const LIGHT = 3e8;
/** Compilers replace their first, slow code while these steps run. */
const WARM_UP_STEPS = 6;
/** No further go of a trial starts after so many seconds. */
const PATIENCE = 1;

/**
 * Memory from a plan of the step; time from a few real steps, at the full batch when that is short
 * enough, else scaled up from a small one.
 */
export async function measure(device: Device, config: EffectiveConfig): Promise<Measurement> {
  const { batch, images } = config.scale;
  const plan = planMemory(config, device);
  const { warmup, epochs, stepsPerEpoch } = config;
  const { candidates } = METHOD_FACTS[config.method];
  const rewards = policyUpdates(config) * (METHODS[config.method].policy?.cells ?? 0);
  let seconds = 0;
  let slowest = 0;
  for (const [at, stage] of stagesOf(config).entries()) {
    const { stepSeconds, forwardSeconds } = await timesAt(
      batch,
      stepMultiplyAdds(config, stage),
      plan.bytes < device.limits.total,
      (size, count) => trial(device, config, size, count, at),
    );
    const evaluation = (Math.ceil(images / batch) + candidates + rewards) * forwardSeconds;
    const frozen = stage.frozen + (at === 0 ? warmup : 0);
    // A step with frozen alpha leaves out the alpha pass: three of its five parts remain.
    const steps = stepsPerEpoch * (0.6 * frozen + stage.epochs - stage.frozen);
    seconds += steps * stepSeconds + (frozen + stage.epochs - stage.frozen) * evaluation;
    slowest = Math.max(slowest, stepSeconds);
  }
  if (config.hessian) seconds += hessianSteps(epochs, config.ops.length) * slowest;
  const { bytes, largest } = plan;
  return { stepSeconds: slowest, seconds, bytes, tensor: largest };
}

/** What was timed of a network. */
export interface Times {
  /** Seconds of a step and of a forward pass of its evaluation. */
  readonly stepSeconds: number;
  readonly forwardSeconds: number;
}

/**
 * Times at a batch: tried there when that is short enough, else scaled up from a small one.
 *
 * @param multiplyAdds of a step
 * @param fits whether a step at the full batch has the memory it needs
 * @param trial times a batch in at most so many steps
 */
export async function timesAt(
  batch: number,
  multiplyAdds: number,
  fits: boolean,
  trial: (batch: number, count: number) => Promise<Times>,
): Promise<Times> {
  // A light step is tried at once: another batch would be compiled anew.
  const small = multiplyAdds < LIGHT ? batch : Math.min(4, batch);
  const times = await trial(small, WARM_UP_STEPS);
  if (small === batch) return times;
  const { stepSeconds, forwardSeconds } = times;
  const scaled = batch / small;
  if (stepSeconds * scaled < LONGEST_TRIAL && fits) return trial(batch, 3);
  return { stepSeconds: stepSeconds * scaled, forwardSeconds: forwardSeconds * scaled };
}

/** The fastest of up to `count` goes, in seconds; none but the first starts after a second. */
export async function fastest(count: number, go: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  const begun = performance.now();
  const patient = () => performance.now() - begun < 1000 * PATIENCE;
  for (let i = 0; i < count && (i === 0 || patient()); i++) {
    const start = performance.now();
    await go();
    times.push((performance.now() - start) / 1000);
  }
  return Math.min(...times);
}

/** Takes up to `count` steps on noise; the fastest counts, and so it does of forward passes. */
async function trial(
  device: Device,
  config: EffectiveConfig,
  batch: number,
  count: number,
  stage: number,
): Promise<Times> {
  const { kernels } = device;
  const set = noise(batch, config.scale.resolution);
  const trialConfig = { ...config, stepsPerEpoch: count, scale: { ...config.scale, batch } };
  const data = { weights: set, alpha: set };
  const { recompute } = planMemory(trialConfig, device);
  const search = new Search(kernels, trialConfig, data, { seed: 0 }, recompute, stage);
  try {
    const numbers = Array.from({ length: count * batch }, (_, i) => i % batch);
    const draws = drawsOf(numbers, config.scale.resolution, null);
    search.begin({
      batch,
      images: numbers.length,
      train: draws,
      alpha: METHOD_FACTS[config.method].trainsAlpha ? draws : null,
      weightRate: 0,
      weights: config.weights,
      alphaOptimiser: config.alpha,
      ...epochNoise(trialConfig, 0, 1),
    });
    await search.prepare();
    const stepSeconds = await fastest(count, async () => {
      search.step();
      await search.alpha();
      device.check();
    });
    const forwardSeconds = await fastest(Math.min(3, count), async () => {
      await search.evaluate();
    });
    return { stepSeconds, forwardSeconds };
  } finally {
    search.dispose();
  }
}

/** Images that are none, for timing. */
export function noise(count: number, resolution: Resolution): ImageSet {
  return {
    resolution,
    count,
    pixels: Uint8Array.from(
      { length: count * resolution * resolution * 3 },
      (_, i) => (i * 7919) % 251,
    ),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 10),
  };
}
