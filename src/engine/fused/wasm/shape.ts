import { sizeOf } from '../../kernels';
import type { Tensor } from '../fused';

type Four = readonly [number, number, number, number];

/** Batch, height, width and channels; of a filter its height, width, inputs and outputs. */
export function imageShape({ shape }: Tensor): Four {
  return shape as unknown as Four;
}

/** A tensor as rows of its last axis. */
export function tableShape({ shape }: Tensor): readonly [number, number] {
  const channels = shape[shape.length - 1]!;
  return [sizeOf(shape) / channels, channels];
}
