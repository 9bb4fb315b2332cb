import type { Tensor } from '../../kernels';

/** A tensor whose numbers are 16-bit floats; only our own programs understand it. */
export interface HalfTensor extends Tensor {
  readonly half: true;
}

export function isHalf(tensor: Tensor): tensor is HalfTensor {
  return 'half' in tensor;
}
