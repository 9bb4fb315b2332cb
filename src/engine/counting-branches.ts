import { sizeOf, type Kernels } from './kernels';
import {
  pooledSide,
  type BranchKernels,
  type PoolOptions,
  type Rectified,
  type Weight,
} from './fused/branch';
import type { Tensor } from './fused/fused';

/** {@link BranchKernels} that compute nothing: see `countingKernels`. */
export class CountingBranches implements BranchKernels {
  constructor(private readonly k: Kernels) {}

  rectified(n: Rectified, _weight: Weight, add: Tensor | null): Tensor {
    return this.summed(n.z.shape, add);
  }

  rectifiedInput(n: Rectified): Tensor {
    return this.k.allocate(n.z.shape);
  }

  maxPool(x: Tensor, _weight: Weight, options: PoolOptions): Tensor {
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    const sides = [height, width].map((side) => pooledSide(side, options));
    return this.k.allocate([batch, ...sides, channels]);
  }

  maxPoolInput(
    x: Tensor,
    _weight: Weight,
    _g: Tensor,
    _dp: Tensor | null,
    add: Tensor | null,
  ): Tensor {
    return this.summed(x.shape, add);
  }

  join(parts: readonly Tensor[]): Tensor {
    const [batch, height, width, channels] = parts[0]!.shape as [number, number, number, number];
    return this.k.allocate([batch, height, width, parts.length * channels]);
  }

  split(x: Tensor, count: number): Tensor[] {
    const [batch, height, width, channels] = x.shape as [number, number, number, number];
    const shape = [batch, height, width, channels / count];
    return Array.from({ length: count }, () => this.k.allocate(shape));
  }

  pixelMean(x: Tensor): Tensor {
    return this.k.allocate([x.shape[0]!, x.shape[3]!]);
  }

  pixelMeanInput(_dMeans: Tensor, shape: readonly number[]): Tensor {
    return this.k.allocate(shape);
  }

  softmaxRows(alpha: Tensor): Tensor {
    return this.k.allocate([sizeOf(alpha.shape) + 1]);
  }

  softmaxRowsInput(p: Tensor): Tensor {
    return this.k.allocate([sizeOf(p.shape) - 1]);
  }

  private summed(shape: readonly number[], add: Tensor | null): Tensor {
    return add ? this.k.view(add, shape) : this.k.allocate(shape);
  }
}
