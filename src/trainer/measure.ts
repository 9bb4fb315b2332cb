import type { Device } from '../engine/device';
import { drawsOf } from '../data/draw';
import type { ImageSet, Resolution } from '../data/images';
import { planMemory } from '../engine/memory-plan';
import { Search } from '../engine/search';
import type { EffectiveConfig } from '../paper/config';
import { stepMultiplyAdds } from '../paper/step-cost';

export interface Measurement {
  /** Seconds of one bilevel step at the full batch. */
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
/** No further step of a trial starts after so many seconds. */
const PATIENCE = 1;

/**
 * Memory from a plan of the step; time from a few real steps, at the full batch when that is short
 * enough, else scaled up from a small one.
 */
export async function measure(device: Device, config: EffectiveConfig): Promise<Measurement> {
  const { batch, images } = config.scale;
  const plan = planMemory(config, device);
  const small = isLight(config) ? batch : Math.min(4, batch);
  let { stepSeconds, forwardSeconds } = await trial(device, config, small, WARM_UP_STEPS);
  if (small < batch) {
    const scaled = batch / small;
    if (stepSeconds * scaled < LONGEST_TRIAL && plan.bytes < device.limits.total) {
      ({ stepSeconds, forwardSeconds } = await trial(device, config, batch, 3));
    } else {
      stepSeconds *= scaled;
      forwardSeconds *= scaled;
    }
  }
  const { warmup, epochs, stepsPerEpoch } = config;
  const evaluation = Math.ceil(images / batch) * forwardSeconds;
  // A step with frozen alpha leaves out the alpha pass: three of its five parts remain.
  const frozen = warmup * (stepsPerEpoch * stepSeconds * 0.6 + evaluation);
  const joint = epochs * (stepsPerEpoch * stepSeconds + evaluation);
  const { bytes, largest } = plan;
  return { stepSeconds, seconds: frozen + joint, bytes, tensor: largest };
}

/** A step so short on any device that it is tried at once: another batch would be compiled anew. */
function isLight(config: EffectiveConfig): boolean {
  return stepMultiplyAdds(config) < LIGHT;
}

/** Takes up to `count` steps on noise; the fastest counts, and so it does of forward passes. */
async function trial(device: Device, config: EffectiveConfig, batch: number, count: number) {
  const { kernels } = device;
  const set = noise(batch, config.scale.resolution);
  const trialConfig = { ...config, stepsPerEpoch: count, scale: { ...config.scale, batch } };
  const data = { weights: set, alpha: set };
  const { recompute } = planMemory(trialConfig, device);
  const search = new Search(kernels, trialConfig, data, { seed: 0 }, recompute);
  try {
    const numbers = Array.from({ length: count * batch }, (_, i) => i % batch);
    const draws = drawsOf(numbers, config.scale.resolution, null);
    search.begin({
      batch,
      images: numbers.length,
      train: draws,
      alpha: draws,
      weightRate: 0,
      weights: config.weights,
      alphaOptimiser: config.alpha,
    });
    await search.prepare();
    const times: number[] = [];
    const begun = performance.now();
    const patient = () => performance.now() - begun < 1000 * PATIENCE;
    for (let i = 0; i < count && (i === 0 || patient()); i++) {
      const start = performance.now();
      search.step();
      await search.alpha();
      device.check();
      times.push((performance.now() - start) / 1000);
    }
    const forwards: number[] = [];
    for (let i = 0; i < Math.min(3, count) && (i === 0 || patient()); i++) {
      const start = performance.now();
      await search.evaluate();
      forwards.push((performance.now() - start) / 1000);
    }
    return {
      stepSeconds: Math.min(...times),
      forwardSeconds: Math.min(...forwards),
    };
  } finally {
    search.dispose();
  }
}

function noise(count: number, resolution: Resolution): ImageSet {
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
