import { joined, type ImageSet } from '../data/images';
import type { EffectiveConfig } from '../paper/config';
import { METHOD_FACTS } from '../paper/method/registry';
import type { Kernels, Tensor } from './kernels';

/** A set of images where a backend wants it: on the device for those that cut batches there. */
export class Shelf {
  /** Null on backends whose batches are cut on the host. */
  readonly resident: {
    readonly pixels: Tensor;
    readonly labels: Tensor;
    readonly resolution: number;
  } | null;

  /** @param owner another shelf of the same images: on the device they lie once, and are its own */
  constructor(
    private readonly k: Kernels,
    readonly set: ImageSet,
    private readonly owner: Shelf | null = null,
  ) {
    if (owner) {
      this.resident = owner.resident;
      return;
    }
    if (!k.fused.augment) {
      this.resident = null;
      return;
    }
    const words = new Int32Array(Math.ceil(set.pixels.length / 4));
    new Uint8Array(words.buffer).set(set.pixels);
    this.resident = {
      pixels: k.keep(k.upload(words, [words.length])),
      labels: k.keep(k.upload(Int32Array.from(set.labels), [set.count])),
      resolution: set.resolution,
    };
  }

  dispose(): void {
    if (this.resident && !this.owner) this.k.free(this.resident.pixels, this.resident.labels);
  }
}

/** The images of each level: a half, or where all are trained on, all. */
export function shelvesOf(
  k: Kernels,
  { method }: EffectiveConfig,
  data: { readonly weights: ImageSet; readonly alpha: ImageSet },
): { readonly weights: Shelf; readonly alpha: Shelf } {
  if (METHOD_FACTS[method].data === 'halves') {
    return { weights: new Shelf(k, data.weights), alpha: new Shelf(k, data.alpha) };
  }
  const all = joined(data.weights, data.alpha);
  const weights = new Shelf(k, all);
  return { weights, alpha: new Shelf(k, all, weights) };
}
