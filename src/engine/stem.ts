import type { Kernels, Tensor } from './kernels';
import { batchStatistics, type Statistics } from './statistics';
import type { Weights } from './weights';

export interface StemPass {
  readonly y: Tensor;
  /** Fills the gradients of the stem's weights. */
  readonly backward: (dy: Tensor, into: Weights) => void;
}

/** 3x3 convolution and batch norm. @param images `[batch, size, size, 3]` */
export function stemForward(
  k: Kernels,
  images: Tensor,
  weights: Weights,
  statistics: Statistics = batchStatistics(k),
): StemPass {
  const { fused } = k;
  const options = { stride: 1, relu: false } as const;
  const scale = weights.get('stem.bn.scale');
  const z = fused.conv(images, weights.get('stem.conv'), options);
  const n = { z, moments: statistics.of('stem.bn', z) };
  return {
    y: fused.norm(n, scale, weights.get('stem.bn.shift'), null),
    backward: (dy, into) => {
      const sums = fused.normSums(n, dy, {
        scale: into.get('stem.bn.scale'),
        shift: into.get('stem.bn.shift'),
      });
      const dz = fused.normInput(n, scale, sums, dy);
      fused.convFilter(images, dz, into.get('stem.conv'), options);
      k.free(dz);
    },
  };
}
