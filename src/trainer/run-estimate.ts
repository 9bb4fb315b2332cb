import type { Device } from '../engine/device';
import { planMemory } from '../engine/memory-plan';
import type { EffectiveConfig } from '../paper/config';
import { configFor } from '../paper/experiment/config';
import type { DataGate } from './data-gate';
import { measure, type Measurement } from './measure';
import { memoryRefusal } from './memory-refusal';
import type { Estimate, TrainSettings } from './protocol';

/** Tells what runs take. What was measured on a device is kept as long as the device. */
export class RunEstimator {
  readonly #measurements = new WeakMap<Device, Map<string, Measurement>>();

  /** @throws Error at settings that cannot be carried out */
  async estimate(
    device: Device,
    data: DataGate,
    settings: TrainSettings,
  ): Promise<Omit<Estimate, 'id' | 'failure'>> {
    const { effective } = configFor(settings);
    const { seconds, stepSeconds, bytes, tensor } = await this.#measure(device, effective);
    const { resolution, images } = effective.scale;
    const download = await data.search.downloadSize({ resolution, images });
    // Labels and pixels of both halves, as bytes.
    const pixels = 2 * images * (resolution * resolution * 3 + 1);
    const refusal = memoryRefusal(device, bytes, tensor);
    const { recompute } = planMemory(effective, device);
    return { seconds, stepSeconds, bytes: bytes + pixels, recompute, download, refusal };
  }

  /** Why a run does not fit the device; null when it does. */
  async refusal(device: Device, config: EffectiveConfig): Promise<string | null> {
    const { bytes, tensor } = await this.#measure(device, config);
    return memoryRefusal(device, bytes, tensor);
  }

  async #measure(device: Device, config: EffectiveConfig): Promise<Measurement> {
    const { method, space, ops, scale, warmup, epochs, eta, options, hessian } = config;
    const key = JSON.stringify([method, space, ops, scale, warmup, epochs, eta, options, hessian]);
    const known = this.#measurements.get(device) ?? new Map<string, Measurement>();
    this.#measurements.set(device, known);
    const found = known.get(key) ?? (await measure(device, config));
    known.set(key, found);
    return found;
  }
}
