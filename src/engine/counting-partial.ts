import type { Tensor } from './fused/fused';
import { frontShape } from './fused/host-partial';
import type { PartialKernels } from './fused/partial';
import type { Kernels } from './kernels';

/** {@link PartialKernels} that compute nothing: see `countingKernels`. */
export class CountingPartial implements PartialKernels {
  constructor(private readonly k: Kernels) {}

  edgeMixture(alpha: Tensor): Tensor {
    return this.like(alpha);
  }

  edgeMixtureInput(p: Tensor): Tensor {
    return this.like(p);
  }

  front(x: Tensor, share: number): Tensor {
    return this.k.allocate(frontShape(x, share));
  }

  addFront(): void {
    // In place.
  }

  shuffle(_front: Tensor, rest: Tensor): Tensor {
    return this.like(rest);
  }

  unshuffle(dy: Tensor, share: number) {
    return { front: this.front(dy, share), rest: this.like(dy) };
  }

  private like({ shape }: Tensor): Tensor {
    return this.k.allocate(shape);
  }
}
