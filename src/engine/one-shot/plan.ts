import { ONE_SHOT_OPERATIONS } from '../../paper/operation';
import { choosingBlocks, oneShotRows, type OneShotShape } from '../../paper/space/one-shot';

/** Where the weights of a cell stand in the flat p of `BranchKernels.softmaxRows`. */
export interface OneShotPlan {
  /** Choice blocks. */
  readonly blocks: number;
  /** Lengths of alpha's rows, as `oneShotRows` lays them out. */
  readonly lengths: readonly number[];
  /** Of operation `op` in block 1..n. */
  readonly operation: (block: number, op: (typeof ONE_SHOT_OPERATIONS)[number]) => number;
  /** Of the connection from node 0..block-1 to a block; the constant 1 where there is no choice. */
  readonly input: (block: number, node: number) => number;
  /** Of the connection from node 0..n to the output. */
  readonly output: (node: number) => number;
  /** The constant 1. */
  readonly one: number;
}

export function oneShotPlan(shape: OneShotShape): OneShotPlan {
  const blocks = shape.kept.length;
  const lengths = oneShotRows(shape).map(({ columns }) => columns.length);
  const starts = lengths.map((_, row) => lengths.slice(0, row).reduce((a, b) => a + b, 0));
  const one = lengths.reduce((a, b) => a + b, 0);
  const choosing = choosingBlocks(shape);
  return {
    blocks,
    lengths,
    one,
    operation: (block, op) => starts[block - 1]! + ONE_SHOT_OPERATIONS.indexOf(op),
    input: (block, node) => {
      const row = choosing.indexOf(block);
      return row < 0 ? one : starts[blocks + 1 + row]! + node;
    },
    output: (node) => starts[blocks]! + node,
  };
}
