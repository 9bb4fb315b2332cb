import type { Kernels } from '../kernels';
import {
  directPlan,
  rowGroups,
  type BranchKernels,
  type PoolOptions,
  type Rectified,
  type Weight,
} from './branch';
import type { MixPlan, Tensor } from './fused';

/**
 * {@link BranchKernels} composed of the backend's other fused operations and of stock tfjs kernels,
 * for every backend.
 */
export class PlainBranches implements BranchKernels {
  constructor(private readonly k: Kernels) {}

  rectified(n: Rectified, weight: Weight, add: Tensor | null): Tensor {
    const { k } = this;
    const raw = k.fused.norm(n, n.scale, n.shift, null);
    const y = k.relu(raw);
    const sum = this.weighted(y, weight, add);
    k.free(raw, y);
    return sum;
  }

  rectifiedInput(
    n: Rectified,
    weight: Weight,
    g: Tensor,
    dp: Tensor | null,
    into: { readonly scale: Tensor; readonly shift: Tensor } | null,
  ): Tensor {
    const { k } = this;
    const raw = k.fused.norm(n, n.scale, n.shift, null);
    if (dp) this.addSlope(k.relu(raw), g, dp, weight);
    const open = k.step(raw);
    const weighted = k.fused.mixInput(weight.p, [g], null, planOf(weight));
    const masked = k.mul(weighted, open);
    k.free(raw, open, weighted);
    const sums = k.fused.normSums(n, masked, into);
    const dz = k.fused.normInput(n, n.scale, sums, masked);
    k.free(masked);
    return dz;
  }

  maxPool(x: Tensor, weight: Weight, options: PoolOptions): Tensor {
    const { k } = this;
    const y = k.maxPool(x, options);
    const weighted = this.weighted(y, weight, null);
    k.free(y);
    return weighted;
  }

  maxPoolInput(
    x: Tensor,
    weight: Weight,
    g: Tensor,
    dp: Tensor | null,
    add: Tensor | null,
    options: PoolOptions,
  ): Tensor {
    const { k } = this;
    const y = k.maxPool(x, options);
    if (dp) this.addSlope(y, g, dp, weight);
    const dx = k.maxPoolGradient(g, x, y, options);
    const sum = k.fused.mixInput(weight.p, [dx], add, planOf(weight));
    k.free(y, dx);
    return sum;
  }

  join(parts: readonly Tensor[]): Tensor {
    const { k } = this;
    const [batch, height, width, channels] = parts[0]!.shape as [number, number, number, number];
    const joined = k.joinChannels(parts.map((part) => k.table(part)));
    return k.view(joined, [batch, height, width, parts.length * channels]);
  }

  split(x: Tensor, count: number): Tensor[] {
    const { k } = this;
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    const shape = [batch, height, width, channels / count];
    return k.channelParts(k.table(x), count).map((part) => k.view(part, shape));
  }

  pixelMean(x: Tensor): Tensor {
    const [batch, height, , channels] = x.shape as [number, number, number, number];
    return this.k.view(this.k.averagePool(x, height), [batch, channels]);
  }

  pixelMeanInput(dMeans: Tensor, shape: readonly number[]): Tensor {
    const { k } = this;
    const [batch, height, width, channels] = shape as [number, number, number, number];
    const pixels = height * width;
    const shares = k.constant(`shares ${pixels} ${channels}`, [1, pixels, channels], () =>
      new Float32Array(pixels * channels).fill(1 / pixels),
    );
    return k.view(k.mul(k.view(dMeans, [batch, 1, channels]), shares), shape);
  }

  softmaxRows(alpha: Tensor, lengths: readonly number[]): Tensor {
    const { k } = this;
    const groups = rowGroups(lengths).map(({ offset, rows, columns }) => {
      const size = rows * columns;
      const part = k.view(k.stretch(alpha, offset, size), [rows, columns]);
      return k.view(k.fused.softmax(part), [size]);
    });
    return k.concat([...groups, k.scalar(1)], 0);
  }

  softmaxRowsInput(p: Tensor, dp: Tensor, lengths: readonly number[]): Tensor {
    const { k } = this;
    const groups = rowGroups(lengths).map(({ offset, rows, columns }) => {
      const size = rows * columns;
      const part = (x: Tensor) => k.view(k.stretch(x, offset, size), [rows, columns]);
      return k.view(k.fused.softmaxInput(part(p), part(dp)), [size]);
    });
    return k.concat(groups, 0);
  }

  private weighted(y: Tensor, weight: Weight, add: Tensor | null): Tensor {
    return this.k.fused.mix(y, weight.p, [], [add], planOf(weight))[0]!;
  }

  /** Adds the inner product of y and g to the weight's gradient. */
  private addSlope(y: Tensor, g: Tensor, dp: Tensor, weight: Weight): void {
    this.k.fused.mixSums(y, [], [g], dp, planOf(weight));
  }
}

/** One entry of a flat p as a mixture of a single operation, x itself. */
function planOf({ entry }: Weight): MixPlan {
  return directPlan([entry]);
}
