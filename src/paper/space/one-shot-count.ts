import { ONE_SHOT_OPERATIONS } from '../operation';
import {
  pruneTopology,
  topologies,
  usedBlocks,
  type OneShotShape,
  type OneShotTopology,
} from './one-shot';

export interface OneShotSkeleton {
  /** C: channels of the first stage's blocks. */
  readonly channels: number;
  /** Cells per stage; three in the reference. */
  readonly cells: number;
  /** 10 unless told otherwise. */
  readonly classes?: number;
}

/**
 * Trainable weights of a 1Shot1 supernet, alphas not counted: 1,101,402 for spaces 1 and 2,
 * 1,509,594 for space 3 at C = 16 and three cells a stage. Convolutions have no bias; every batch
 * norm but the last has a scale and a shift.
 */
export function countOneShotParameters(
  shape: OneShotShape,
  { channels, cells, classes = 10 }: OneShotSkeleton,
): number {
  const blocks = shape.kept.length;
  const normalised = (input: number, output: number, taps: number) =>
    taps * input * output + 2 * output;
  let total = normalised(3, channels, 9);
  let input = channels;
  for (let cell = 0; cell < 3 * cells; cell++) {
    const width = channels * 2 ** Math.floor(cell / cells);
    const projections = blocks * normalised(input, width, 1) + normalised(input, blocks * width, 1);
    const operations = blocks * (normalised(width, width, 9) + normalised(width, width, 1));
    total += projections + operations;
    input = blocks * width;
  }
  const last = 4 * channels;
  return total + input * last + last * classes + classes;
}

/**
 * Height of the feature maps in the three stages: between stages a 2x2 max pool with stride 2 and
 * one pixel of padding, so 32 becomes 17 and 9, not 16 and 8.
 */
export function oneShotResolutions(resolution: number): [number, number, number] {
  const pooled = (size: number) => Math.floor(size / 2) + 1;
  return [resolution, pooled(resolution), pooled(pooled(resolution))];
}

/**
 * Multiply-adds of one bilevel step over batches of `batch`, estimated as five forward passes, as for
 * NAS-Bench-201. Convolutions and the classifier count.
 */
export function countOneShotStepMultiplyAdds(
  shape: OneShotShape,
  network: OneShotSkeleton & { readonly resolution: number; readonly batch: number },
): number {
  const { channels, cells, classes = 10, resolution, batch } = network;
  const blocks = shape.kept.length;
  let perImage = 9 * 3 * channels * resolution ** 2;
  let input = channels;
  oneShotResolutions(resolution).forEach((side, stage) => {
    const width = channels * 2 ** stage;
    for (let cell = 0; cell < cells; cell++) {
      // Projections to each block and to all side by side; a 3x3 and a 1x1 convolution a block.
      perImage += side ** 2 * (2 * blocks * input * width + 10 * blocks * width ** 2);
      input = blocks * width;
    }
    if (stage === 2) perImage += side ** 2 * input * 4 * channels;
  });
  return 5 * batch * (perImage + 4 * channels * classes);
}

/** Cells with loose ends: parent choices times operations. 14,580, 29,160 and 1,312,200. */
export function countChoices(shape: OneShotShape): number {
  return [...topologies(shape)].length * ONE_SHOT_OPERATIONS.length ** shape.kept.length;
}

/**
 * Labelled cells that derivation and pruning can end in: 3,702, 12,474 and 135,900. With `which`,
 * only those whose pruned topology it accepts.
 */
export function countPruned(
  shape: OneShotShape,
  which: (topology: OneShotTopology) => boolean = () => true,
): number {
  const sizes = new Map<string, number>();
  for (const topology of topologies(shape)) {
    const pruned = pruneTopology(topology);
    if (which(pruned)) sizes.set(JSON.stringify(pruned), usedBlocks(pruned).size);
  }
  return [...sizes.values()].reduce((sum, used) => sum + ONE_SHOT_OPERATIONS.length ** used, 0);
}
