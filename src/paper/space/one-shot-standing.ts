import { prune, usedBlocks, type OneShotCell, type OneShotShape } from './one-shot';
import { formatOneShot } from './one-shot-string';

/** Blocks that the output may read and yet all blocks are as wide as each other. */
const ALIKE = 2;

/**
 * The cell that stands for all of the space whose networks differ in the numbers of their blocks
 * alone: of their strings it has the least. Loose ends are dropped.
 *
 * Other numbers are another order of summands and of channels side by side. Weights are drawn
 * independently of their places, so such networks are the same one in distribution, as long as all
 * blocks are as wide as each other (`blockWidths`). With an even width and one or two blocks before the
 * output they are. With three, the first numbers may have a channel more: such a cell stands for itself.
 */
export function standingOneShot(shape: OneShotShape, cell: OneShotCell): OneShotCell {
  const pruned = prune(cell);
  if (pruned.output.filter((node) => node > 0).length > ALIKE) return pruned;
  let least = formatOneShot(pruned);
  let standing = pruned;
  for (const other of renumbered(shape, pruned)) {
    const text = formatOneShot(other);
    if (text < least) [least, standing] = [text, other];
  }
  return standing;
}

/** The cell with its blocks under all numbers that the space has for them. */
function* renumbered({ kept }: OneShotShape, cell: OneShotCell): Generator<OneShotCell> {
  const used = [...usedBlocks(cell)];
  // Of the cell's nodes, the numbers that they get; the input keeps its own.
  const numbers = new Map([[0, 0]]);
  const newNumbers = (nodes: readonly number[]) =>
    nodes.map((node) => numbers.get(node)!).sort((a, b) => a - b);

  function* place(block: number, placed: readonly number[]): Generator<OneShotCell> {
    if (block > kept.length) {
      if (numbers.size <= used.length) return;
      yield {
        ops: placed.map((old) => (old === 0 ? null : cell.ops[old - 1]!)),
        parents: placed.map((old) => (old === 0 ? [] : newNumbers(cell.parents[old - 1]!))),
        output: newNumbers(cell.output),
      };
      return;
    }
    for (const old of used) {
      const parents = cell.parents[old - 1]!;
      const fits = parents.length === kept[block - 1] && parents.every((one) => numbers.has(one));
      if (numbers.has(old) || !fits) continue;
      numbers.set(old, block);
      yield* place(block + 1, [...placed, old]);
      numbers.delete(old);
    }
    yield* place(block + 1, [...placed, 0]);
  }
  yield* place(1, []);
}
