import type { ConvOptions, Normalised } from './fused/fused';
import type { Kernels, Tensor } from './kernels';

/** What batch norms normalise by. */
export interface Statistics {
  /** @param key of the norm @returns `[2, channels]`: mean and 1 / deviation */
  of(key: string, z: Tensor): Tensor;
  /** Convolutions of one x, each with what the norm of its key normalises by. */
  convolve(
    keys: readonly string[],
    x: Tensor,
    filters: readonly Tensor[],
    options: ConvOptions,
  ): Normalised[];
}

/** Those of the batch. */
export function batchStatistics({ fused }: Kernels): Statistics {
  return {
    of: (_key, z) => fused.moments(z),
    convolve: (_keys, x, filters, options) => fused.convNorms(x, filters, options),
  };
}
