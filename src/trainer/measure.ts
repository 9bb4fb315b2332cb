import type { Device } from '../engine/device';
import { Search } from '../engine/search';
import type { Batch } from '../engine/supernet';
import type { EffectiveConfig } from '../paper/config';

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
/** Compilers replace their first, slow code while these steps run. */
const WARM_UP_STEPS = 6;
/** No further step of a trial starts after so many seconds. */
const PATIENCE = 1;

/**
 * Time and memory of a configuration from a few real steps: two small batches tell how memory grows
 * with the batch; time is taken at the full batch when that is short enough, else scaled up.
 */
export async function measure(device: Device, config: EffectiveConfig): Promise<Measurement> {
  const { batch, resolution, channels, images } = config.scale;
  const small = Math.min(2, batch);
  const large = Math.min(4, batch);
  const first = await trial(device, config, small, 1);
  const second = await trial(device, config, large, WARM_UP_STEPS);
  const perImage = (second.bytes - first.bytes) / Math.max(1, large - small);
  const bytes = Math.round(first.bytes + Math.max(0, perImage) * (batch - small));
  // Side by side, the filters of the three edges that leave the input make the widest table.
  const tensor = 4 * batch * resolution * resolution * 3 * channels;
  let { stepSeconds, forwardSeconds } = second;
  const scaled = batch / large;
  if (stepSeconds * scaled < LONGEST_TRIAL && bytes < device.limits.total) {
    ({ stepSeconds, forwardSeconds } = await trial(device, config, batch, 3));
  } else {
    stepSeconds *= scaled;
    forwardSeconds *= scaled;
  }
  const { warmup, epochs, stepsPerEpoch } = config;
  const evaluation = Math.ceil(images / batch) * forwardSeconds;
  // A step with frozen alpha leaves out the alpha pass: three of its five parts remain.
  const frozen = warmup * (stepsPerEpoch * stepSeconds * 0.6 + evaluation);
  const joint = epochs * (stepsPerEpoch * stepSeconds + evaluation);
  return { stepSeconds, seconds: frozen + joint, bytes, tensor };
}

/** Takes up to `count` steps on noise; the fastest counts, and so it does of forward passes. */
async function trial(device: Device, config: EffectiveConfig, batch: number, count: number) {
  const { kernels } = device;
  const search = new Search(kernels, config, { seed: 0 });
  try {
    kernels.resetPeak();
    const input = noise(batch, config.scale.resolution);
    const rates = { weightRate: 0, weights: config.weights, alpha: config.alpha };
    const times: number[] = [];
    const begun = performance.now();
    const patient = () => performance.now() - begun < 1000 * PATIENCE;
    for (let i = 0; i < count && (i === 0 || patient()); i++) {
      const start = performance.now();
      search.step(input, input, rates);
      await search.alpha();
      device.check();
      times.push((performance.now() - start) / 1000);
    }
    const bytes = kernels.peakBytes;
    const forwards: number[] = [];
    for (let i = 0; i < Math.min(3, count) && (i === 0 || patient()); i++) {
      const start = performance.now();
      await search.evaluate([input]);
      forwards.push((performance.now() - start) / 1000);
    }
    return {
      bytes,
      stepSeconds: Math.min(...times),
      forwardSeconds: Math.min(...forwards),
    };
  } finally {
    search.dispose();
  }
}

function noise(batch: number, resolution: number): Batch {
  const size = batch * resolution * resolution * 3;
  return {
    images: Float32Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1))),
    labels: Int32Array.from({ length: batch }, (_, i) => i % 10),
  };
}
