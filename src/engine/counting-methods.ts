import type { SgdState, Tensor } from './fused/fused';
import type { MethodKernels, Noise } from './fused/method';
import type { Kernels } from './kernels';

/** {@link MethodKernels} that compute nothing: see `countingKernels`. */
export class CountingMethods implements MethodKernels {
  constructor(private readonly k: Kernels) {}

  noise({ width }: Noise): Tensor {
    return this.k.allocate([width]);
  }

  exponentiate(): void {
    // In place.
  }

  logConcentration(alpha: Tensor): Tensor {
    return this.like(alpha);
  }

  dirichlet(alpha: Tensor) {
    return { p: this.like(alpha), slope: this.like(alpha) };
  }

  dirichletInput(p: Tensor): Tensor {
    return this.like(p);
  }

  dirichletPull(alpha: Tensor): Tensor {
    return this.like(alpha);
  }

  gumbel(alpha: Tensor) {
    return { p: this.like(alpha), q: this.like(alpha) };
  }

  gumbelInput(q: Tensor): Tensor {
    return this.like(q);
  }

  addShifts(): void {
    // In place.
  }

  lookAhead({ weights }: SgdState): Tensor {
    return this.like(weights);
  }

  length(): Tensor {
    return this.k.allocate([1]);
  }

  along(weights: Tensor): Tensor {
    return this.like(weights);
  }

  apart(weights: Tensor): Tensor {
    return this.like(weights);
  }

  corrected(gradient: Tensor): Tensor {
    return this.like(gradient);
  }

  private like({ shape }: Tensor): Tensor {
    return this.k.allocate(shape);
  }
}
