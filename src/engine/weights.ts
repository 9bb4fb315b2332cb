import type { Kernels, Tensor } from './kernels';
import type { Parameters } from './parameters';

/** Segments of a flat vector by their keys: the weights, or a gradient to be filled. */
export class Weights {
  constructor(
    private readonly k: Kernels,
    private readonly layout: Parameters,
    readonly flat: Tensor,
  ) {}

  get(key: string): Tensor {
    const { offset, shape } = this.layout.get(key);
    return this.k.part(this.flat, offset, shape);
  }
}
