import { EPSILON } from '../fused/norm-constants';
import { sizeOf, type Kernels, type Tensor } from '../kernels';
import { batchStatistics, type Statistics } from '../statistics';
import type { TrackedParameters } from './tracked';

/**
 * Training: those of the batch, taken into the running ones.
 *
 * @param running `[layout.statisticsSize]`, changed *in place*
 */
export function trackedStatistics(
  k: Kernels,
  layout: TrackedParameters,
  running: Tensor,
): Statistics {
  const batch = batchStatistics(k);
  const track = (key: string, moments: Tensor, z: Tensor) => {
    const { offset, channels } = layout.norms.get(key)!;
    const rows = sizeOf(z.shape) / channels;
    k.fused.track(moments, k.part(running, offset, [2, channels]), rows);
  };
  return {
    of: (key, z) => {
      const moments = batch.of(key, z);
      track(key, moments, z);
      return moments;
    },
    convolve: (keys, x, filters, options) => {
      const convs = batch.convolve(keys, x, filters, options);
      convs.forEach(({ z, moments }, i) => track(keys[i]!, moments, z));
      return convs;
    },
  };
}

/** Evaluation: the running ones, as they stood when they were last set. */
export class FixedStatistics implements Statistics {
  private readonly moments = new Map<string, Tensor>();

  constructor(
    private readonly k: Kernels,
    private readonly layout: TrackedParameters,
  ) {
    for (const [key, { channels }] of layout.norms) {
      const empty = new Float32Array(2 * channels);
      this.moments.set(key, k.keep(k.upload(empty, [2, channels])));
    }
  }

  /** @param running `[layout.statisticsSize]` */
  set(running: Float32Array): void {
    for (const [key, { offset, channels }] of this.layout.norms) {
      const values = running.slice(offset, offset + 2 * channels);
      for (let c = channels; c < 2 * channels; c++) values[c] = 1 / Math.sqrt(values[c]! + EPSILON);
      this.k.write(this.moments.get(key)!, values);
    }
  }

  of(key: string): Tensor {
    return this.moments.get(key)!;
  }

  convolve(...[keys, x, filters, options]: Parameters<Statistics['convolve']>) {
    return filters.map((filter, i) => ({
      z: this.k.fused.conv(x, filter, options),
      moments: this.of(keys[i]!),
    }));
  }

  dispose(): void {
    this.k.free(...this.moments.values());
  }
}
