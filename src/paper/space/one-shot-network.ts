import { usedBlocks, type OneShotCell, type OneShotTopology } from './one-shot';
import { oneShotResolutions, type OneShotSkeleton } from './one-shot-count';

/**
 * Channels of blocks 1..n in a derived cell that gives `width` channels, as NAS-Bench-101 has them: the
 * blocks that the output reads share its width, the first of them one more where it does not divide;
 * any other is as wide as the widest that reads it. 0 for a block that nothing reads.
 */
export function blockWidths({ parents, output }: OneShotTopology, width: number): number[] {
  const used = usedBlocks({ parents, output });
  const last = output.filter((node) => node > 0);
  const share = Math.floor(width / last.length);
  const rest = width % last.length;
  const widths = parents.map(() => 0);
  last.forEach((block, at) => (widths[block - 1] = share + (at < rest ? 1 : 0)));
  for (let block = parents.length; block > 0; block--) {
    if (!used.has(block) || last.includes(block)) continue;
    const readers = parents.flatMap((nodes, at) =>
      used.has(at + 1) && nodes.includes(block) ? [widths[at]!] : [],
    );
    widths[block - 1] = Math.max(...readers);
  }
  return widths;
}

/** A convolution of a derived cell's network: filter positions, channels in and out. */
interface Convolution {
  readonly taps: number;
  readonly inputs: number;
  readonly outputs: number;
}

/**
 * The convolutions of one cell: per block a projection of the cell's input, if it reads that, and its
 * own; then the output's projection.
 *
 * @param inputs channels of the cell's input
 */
function convolutions(cell: OneShotCell, inputs: number, width: number): Convolution[] {
  const widths = blockWidths(cell, width);
  const blocks = widths.flatMap((outputs, at) => {
    if (outputs === 0) return [];
    const projection = cell.parents[at]!.includes(0) ? [{ taps: 1, inputs, outputs }] : [];
    const op = cell.ops[at];
    if (op === 'maxpool3x3') return projection;
    return [...projection, { taps: op === 'conv3x3-bn-relu' ? 9 : 1, inputs: outputs, outputs }];
  });
  return cell.output.includes(0) ? [...blocks, { taps: 1, inputs, outputs: width }] : blocks;
}

/** Those of every cell by stage, behind the stem's. */
function stages(cell: OneShotCell, { channels, cells }: OneShotSkeleton): Convolution[][] {
  return [0, 1, 2].map((stage) => {
    const width = channels << stage;
    return Array.from({ length: cells }, (_, at) =>
      convolutions(cell, at === 0 && stage > 0 ? width >> 1 : width, width),
    ).flat();
  });
}

const stemOf = (channels: number): Convolution => ({ taps: 9, inputs: 3, outputs: channels });

/**
 * Trainable weights of a derived cell's network: stem, cells, linear classifier. Convolutions have no
 * bias, and each has a batch norm with scale and shift.
 */
export function countOneShotCellParameters(cell: OneShotCell, skeleton: OneShotSkeleton): number {
  const { channels, classes = 10 } = skeleton;
  const weights = [stemOf(channels), ...stages(cell, skeleton).flat()].reduce(
    (sum, { taps, inputs, outputs }) => sum + taps * inputs * outputs + 2 * outputs,
    0,
  );
  return weights + 4 * channels * classes + classes;
}

/** Multiply-adds of a derived cell's network on one image: convolutions and the classifier. */
export function oneShotCellMultiplyAdds(
  cell: OneShotCell,
  skeleton: OneShotSkeleton & { readonly resolution: number },
): number {
  const { channels, classes = 10, resolution } = skeleton;
  const perPixel = ({ taps, inputs, outputs }: Convolution) => taps * inputs * outputs;
  const sides = oneShotResolutions(resolution);
  return stages(cell, skeleton).reduce(
    (sum, own, stage) =>
      sum + sides[stage]! ** 2 * own.reduce((pixel, one) => pixel + perPixel(one), 0),
    resolution ** 2 * perPixel(stemOf(channels)) + 4 * channels * classes,
  );
}
