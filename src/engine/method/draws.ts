import type { RandomStream } from '../../data/random';
import { sizeOf, type Kernels, type Tensor } from '../kernels';
import type { Level } from './alternating';

/** A stretch of a tensor begins at a multiple of so many elements: WebGPU binds no others. */
const ALIGNMENT = 64;

/** Width of a level's numbers, where both levels have their own. */
export function blockWidth(numbers: number): number {
  return ALIGNMENT * Math.ceil(numbers / ALIGNMENT);
}

/** The numbers of a level out of those of a step: alpha's come first. */
export function blockOf(k: Kernels, noise: Tensor, level: Level): Tensor {
  return nthBlock(k, noise, level === 'alpha' ? 0 : 1, 2);
}

/** One of several blocks of {@link blockWidth} each. */
export function nthBlock(k: Kernels, all: Tensor, index: number, blocks: number): Tensor {
  const width = sizeOf(all.shape) / blocks;
  return k.part(all, index * width, [width]);
}

/** One operation for each edge, uniformly, as ones among zeros. @param into `[6 * ops]` */
export function drawCell(stream: RandomStream, into: Float32Array): void {
  const columns = into.length / 6;
  into.fill(0);
  for (let edge = 0; edge < 6; edge++) into[edge * columns + stream.int(columns)] = 1;
}
