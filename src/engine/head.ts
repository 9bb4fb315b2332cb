import { ownGates, type Gates } from './gates';
import type { Kernels, Tensor } from './kernels';
import { batchStatistics, type Statistics } from './statistics';
import type { Weights } from './weights';

export interface HeadPass {
  /** `[batch, classes]` */
  readonly logits: Tensor;
  /** `[2]`: mean cross-entropy and number of right answers. */
  readonly scores: Tensor;
  /** Gradient of the mean loss with respect to x. @param into gradient of the weights, or null */
  readonly backward: (into: Weights | null) => Tensor;
}

/**
 * Batch norm, ReLU, global average pool, linear classifier (nas-bench-201, section 2) and the loss.
 *
 * @param x `[batch, height, width, channels]`
 * @param labels int32 `[batch]`
 */
export function headForward(
  k: Kernels,
  x: Tensor,
  labels: Tensor,
  weights: Weights,
  statistics: Statistics = batchStatistics(k),
  gates: Gates = ownGates(k),
): HeadPass {
  const { fused } = k;
  const n = { z: x, moments: statistics.of('head.bn', x) };
  const scale = weights.get('head.bn.scale');
  const shift = weights.get('head.bn.shift');
  const weight = weights.get('head.fc.weight');
  const pool = gates.pool('head', n, scale, shift);
  const { pooled } = pool;
  const { logits, scores, dLogits } = fused.classify(
    pooled,
    weight,
    weights.get('head.fc.bias'),
    labels,
  );
  return {
    logits,
    scores,
    backward: (into) => {
      if (into) {
        fused.classifyWeights(pooled, dLogits, {
          weight: into.get('head.fc.weight'),
          bias: into.get('head.fc.bias'),
        });
      }
      const g = pool.backward(fused.classifyInput(dLogits, weight));
      const sums = fused.normSums(
        n,
        g,
        into && { scale: into.get('head.bn.scale'), shift: into.get('head.bn.shift') },
      );
      const dx = fused.normInput(n, scale, sums, g);
      k.free(g);
      return dx;
    },
  };
}
