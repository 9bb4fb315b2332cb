import { ownGates, type Gates } from './gates';
import type { Kernels, Tensor } from './kernels';
import { batchStatistics, type Statistics } from './statistics';
import type { Weights } from './weights';

export interface BlockPass {
  readonly y: Tensor;
  /**
   * Gradient with respect to what the block read.
   *
   * @param into gradient of the weights; null: not wanted
   */
  readonly backward: (dy: Tensor, into: Weights | null) => Tensor;
}

/**
 * The residual reduction block between stages: [ReLU, 3x3 stride 2, BN], [ReLU, 3x3, BN], plus a
 * shortcut of 2x2 average pool and 1x1 convolution; no ReLU after the sum. The stride-2 convolution
 * pads one pixel on every side.
 */
export function residualForward(
  k: Kernels,
  key: string,
  x: Tensor,
  weights: Weights,
  statistics: Statistics = batchStatistics(k),
  gates: Gates = ownGates(k),
): BlockPass {
  const { fused } = k;
  const first = convNorm(k, key, 'a', x, null, weights, statistics, gates);
  const pooled = fused.pool2(x);
  const shortcut = weights.get(`${key}.shortcut`);
  const plain = { stride: 1, relu: false } as const;
  const added = fused.conv(pooled, shortcut, plain);
  const second = convNorm(k, key, 'b', first.y, added, weights, statistics, gates);
  return {
    y: second.y,
    backward: (dy, into) => {
      const dFirst = second.backward(dy, into);
      k.free(first.y);
      const dx = first.backward(dFirst, into);
      k.free(dFirst);
      if (into) fused.convFilter(pooled, dy, into.get(`${key}.shortcut`), plain);
      const dPooled = fused.convInput(dy, shortcut, pooled, null, plain);
      const sum = fused.pool2Input(dPooled, dx);
      k.free(dPooled, pooled);
      return sum;
    },
  };
}

/** ReLU, 3x3 convolution and batch norm; part `a` with stride 2. */
function convNorm(
  k: Kernels,
  key: string,
  part: 'a' | 'b',
  x: Tensor,
  add: Tensor | null,
  weights: Weights,
  statistics: Statistics,
  gates: Gates,
): BlockPass {
  const { fused } = k;
  const { read, relu, mask } = gates.of(`${key}.${part}`, x);
  const options = { stride: part === 'a' ? 2 : 1, relu } as const;
  const filter = weights.get(`${key}.conv_${part}`);
  const bn = `${key}.bn_${part}`;
  const scale = weights.get(`${bn}.scale`);
  const z = fused.conv(read, filter, options);
  const n = { z, moments: statistics.of(bn, z) };
  return {
    y: fused.norm(n, scale, weights.get(`${bn}.shift`), add),
    backward: (dy, into) => {
      const sums = fused.normSums(
        n,
        dy,
        into && { scale: into.get(`${bn}.scale`), shift: into.get(`${bn}.shift`) },
      );
      const dz = fused.normInput(n, scale, sums, dy);
      k.free(z);
      if (into) fused.convFilter(read, dz, into.get(`${key}.conv_${part}`), options);
      const dx = fused.convInput(dz, filter, mask, null, { ...options, relu: true });
      k.free(dz);
      return dx;
    },
  };
}
