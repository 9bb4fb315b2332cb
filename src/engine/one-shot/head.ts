import type { HeadPass } from '../head';
import type { Kernels, Tensor } from '../kernels';
import type { Weights } from '../weights';

const OPTIONS = { stride: 1, relu: true } as const;

/**
 * ReLU, 1x1 convolution, batch norm without scale and shift, mean over the pixels, linear classifier
 * and the loss.
 *
 * @param x `[batch, height, width, channels]`
 * @param labels int32 `[batch]`
 */
export function oneShotHeadForward(
  k: Kernels,
  x: Tensor,
  labels: Tensor,
  weights: Weights,
): HeadPass {
  const { fused } = k;
  const filter = weights.get('head.conv');
  const weight = weights.get('head.fc.weight');
  const n = fused.convNorms(x, [filter], OPTIONS)[0]!;
  const channels = n.z.shape[3]!;
  const filled = (value: number) =>
    k.constant(`channels ${channels} of ${value}`, [channels], () =>
      new Float32Array(channels).fill(value),
    );
  const [scale, shift] = [filled(1), filled(0)];
  const y = fused.norm(n, scale, shift, null);
  const pooled = fused.branches.pixelMean(y);
  k.free(y);
  const classified = fused.classify(pooled, weight, weights.get('head.fc.bias'), labels);
  const { logits, scores, dLogits } = classified;
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
      const dPooled = fused.classifyInput(dLogits, weight);
      const g = fused.branches.pixelMeanInput(dPooled, n.z.shape);
      const sums = fused.normSums(n, g, null);
      const dz = fused.normInput(n, scale, sums, g);
      if (into) fused.convFilter(x, dz, into.get('head.conv'), OPTIONS);
      const dx = fused.convInput(dz, filter, x, null, OPTIONS);
      k.free(g, dz);
      return dx;
    },
  };
}
