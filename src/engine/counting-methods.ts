import type { Kernels } from './kernels';
import type { Tensor } from './fused/fused';
import type { MethodKernels, Noise } from './fused/method';

/** {@link MethodKernels} that compute nothing: see `countingKernels`. */
export class CountingMethods implements MethodKernels {
  constructor(private readonly k: Kernels) {}

  noise({ width }: Noise): Tensor {
    return this.k.allocate([width]);
  }

  exponentiate(): void {
    // In place.
  }
}
