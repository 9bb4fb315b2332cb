import { sizeOf, type Kernels, type Tensor } from '../../kernels';
import type { Clock } from '../fused';
import { isHalf, type HalfTensor } from './half';
import type { Runner } from './runner';
import type { Stored } from './wgsl/vector';

/** How the operations are cut to a device. */
export interface Tuning {
  /** Threads that keep the device busy. A GPU wants many; a CPU that emulates one wants long ones. */
  readonly threads: number;
  /** Storage buffers that one program may use. */
  readonly bindings: number;
  /**
   * True: results of convolutions with batch statistics are stored as 16-bit floats, which halves most
   * of the memory and of its traffic, and leaves them three digits.
   */
  readonly half: boolean;
}

/** What the groups of operations share. */
export interface Context extends Tuning {
  readonly k: Kernels;
  readonly runner: Pick<Runner, 'launch'>;
}

/** Pixels of images `[batch, height, width, channels]`, or rows of any other table. */
export function rowsOf(tensor: Tensor): number {
  return sizeOf(tensor.shape) / channelsOf(tensor);
}

export function channelsOf(tensor: Tensor): number {
  return tensor.shape[tensor.shape.length - 1]!;
}

export function imagesOf(tensor: Tensor) {
  if (tensor.shape.length !== 4) throw new RangeError(`No images: [${tensor.shape.join()}].`);
  const [batch, height, width, channels] = tensor.shape as [number, number, number, number];
  return { batch, height, width, channels };
}

/** @throws RangeError naming what has another shape than expected */
export function expectShape(what: string, tensor: Tensor, shape: readonly number[]): void {
  const { length } = shape;
  if (tensor.shape.length === length && shape.every((size, i) => size === tensor.shape[i])) return;
  throw new RangeError(`${what} is [${tensor.shape.join()}] and not [${shape.join()}].`);
}

/** Memory for a convolution's result. Odd channels do not go in pairs. */
export function allocateStored(
  { k, half }: Context,
  shape: readonly number[],
  channels: readonly number[],
): Tensor {
  if (!half || channels.some((count) => count % 2 !== 0)) return k.allocate(shape);
  const words = k.allocate([sizeOf(shape) / 2]);
  const tensor: HalfTensor = { ...words, shape: [...shape], half: true };
  return tensor;
}

export function storedAs(z: Tensor): Stored {
  return isHalf(z) ? 'f16' : 'f32';
}

/** Table and counter of the device. */
export function clockOf({ table, counter }: Clock): readonly [Tensor, Tensor] {
  if (!table || !counter) throw new Error('This backend reads the rates of a step on the device.');
  return [table, counter];
}
