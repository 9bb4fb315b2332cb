import { EDGES, type Genotype } from './cell';
import { countOperations } from './magnitude';
import type { Operation } from './operation';

/** The macro skeleton: C channels in the first of three stages, N cells per stage. */
export interface Skeleton {
  readonly channels: number;
  readonly cells: number;
  /** 10 unless told otherwise. */
  readonly classes?: number;
}

export interface Supernet extends Skeleton {
  readonly ops: readonly Operation[];
  /** Operations see one channel in so many; absent: all. */
  readonly partial?: number;
}

const CLASSES = 10;
const IMAGE_CHANNELS = 3;

/**
 * Trainable weights of a search supernet, alphas not counted: 1,692,826 for C = 16, N = 5 and all
 * five operations. Convolutions inside cells have a bias and batch norms there no parameters, as in
 * the reference.
 */
export function countParameters({ ops, partial = 1, ...skeleton }: Supernet): number {
  const perEdge = (width: number): number =>
    (ops.includes('nor_conv_1x1') ? width ** 2 + width : 0) +
    (ops.includes('nor_conv_3x3') ? 9 * width ** 2 + width : 0);
  return parametersWith(skeleton, (width) => EDGES.length * perEdge(width / partial));
}

/**
 * Trainable weights of a derived cell's network: convolutions without bias, batch norms with scale
 * and shift. 1,531,546 for six 3x3 convolutions at C = 16, N = 5.
 */
export function countGenotypeParameters(genotype: Genotype, skeleton: Skeleton): number {
  const counts = countOperations(genotype);
  return parametersWith(
    skeleton,
    (width) =>
      counts.nor_conv_1x1 * (width ** 2 + 2 * width) +
      counts.nor_conv_3x3 * (9 * width ** 2 + 2 * width),
  );
}

/**
 * Multiply-adds of one supernet forward pass over a batch. Convolutions, shortcuts and the
 * classifier count; batch norm, pooling and sums do not, as in the benchmark's own figures.
 */
export function countMultiplyAdds({
  ops,
  partial = 1,
  ...network
}: Supernet & { readonly resolution: number; readonly batch: number }): number {
  const taps = (ops.includes('nor_conv_1x1') ? 1 : 0) + (ops.includes('nor_conv_3x3') ? 9 : 0);
  return network.batch * multiplyAddsWith(network, (EDGES.length * taps) / partial ** 2);
}

/**
 * Multiply-adds of one bilevel step, estimated as five forward passes: the weight step is a forward
 * pass, the inputs' gradients and the filters' gradients at the price of a forward pass each; the
 * alpha step is a forward pass and the inputs' gradients, since it moves no filter.
 */
export function countStepMultiplyAdds(
  network: Supernet & { readonly resolution: number; readonly batch: number },
): number {
  return 5 * countMultiplyAdds(network);
}

/** Multiply-adds of a derived cell's network on one image; 220,119,680 for six 3x3 at full scale. */
export function genotypeMultiplyAdds(
  genotype: Genotype,
  network: Skeleton & { readonly resolution: number },
): number {
  const counts = countOperations(genotype);
  return multiplyAddsWith(network, counts.nor_conv_1x1 + 9 * counts.nor_conv_3x3);
}

/** Stem, reductions and head are those of every network of the space; only the cells differ. */
function parametersWith(
  { channels, cells, classes = CLASSES }: Skeleton,
  cellParameters: (width: number) => number,
): number {
  const widths = stageWidths(channels);
  const stem = 9 * IMAGE_CHANNELS * channels + 2 * channels;
  const stages = widths.reduce((sum, width) => sum + cells * cellParameters(width), 0);
  const reductions = widths
    .slice(1)
    .reduce((sum, width) => sum + reductionWeights(width) + 4 * width, 0);
  const last = 4 * channels;
  return stem + stages + reductions + 2 * last + last * classes + classes;
}

/** On one image. `taps`: filter positions of all of a cell's convolutions together, 60 at most. */
function multiplyAddsWith(
  { channels, cells, classes = CLASSES, resolution }: Skeleton & { readonly resolution: number },
  taps: number,
): number {
  const stem = 9 * IMAGE_CHANNELS * channels * resolution ** 2;
  const stages = stageWidths(channels).reduce((sum, width, stage) => {
    const pixels = (resolution / 2 ** stage) ** 2;
    const reduction = stage === 0 ? 0 : reductionWeights(width);
    return sum + pixels * (reduction + cells * taps * width ** 2);
  }, 0);
  return stem + stages + 4 * channels * classes;
}

function stageWidths(channels: number): number[] {
  return [channels, 2 * channels, 4 * channels];
}

/** Filters of the residual reduction from `width / 2` to `width`: two 3x3 and the 1x1 shortcut. */
function reductionWeights(width: number): number {
  const input = width / 2;
  return 9 * input * width + 9 * width ** 2 + input * width;
}
