import { ONE_SHOT_OPERATIONS } from '../operation';
import { prune, usedBlocks, type OneShotCell } from './one-shot';

/**
 * A string that two cells share exactly when their pruned graphs are isomorphic, operations
 * included: NAS-Bench-101 trains such cells once. 2,685, 7,773 and 55,854 classes in the spaces.
 */
export function canonicalOneShot(cell: OneShotCell): string {
  const { ops, parents, output } = prune(cell);
  const blocks = [...usedBlocks(cell)];
  const operations = blocks.map((block) => ONE_SHOT_OPERATIONS.indexOf(ops[block - 1]!));
  // Of all orders that sort the operations, the one whose edges read as the least number.
  let least = Infinity;
  for (const order of permutations(blocks.length)) {
    if (order.some((at, i) => i > 0 && operations[order[i - 1]!]! > operations[at]!)) continue;
    const nodes = [0, ...order.map((at) => blocks[at]!)];
    const inputs = [...nodes.slice(1).map((block) => parents[block - 1]!), output];
    // At most 36 edges: exact in a double.
    const edges = inputs.reduce(
      (code, from) => nodes.reduce((sum, node) => 2 * sum + (from.includes(node) ? 1 : 0), code),
      0,
    );
    least = Math.min(least, edges);
  }
  return `${operations.sort().join('')}.${least}`;
}

const orders: (readonly (readonly number[])[])[] = [[[]]];

/** All orders of 0..n-1. */
function permutations(n: number): readonly (readonly number[])[] {
  orders[n] ??= permutations(n - 1).flatMap((order) =>
    Array.from({ length: n }, (_, at) => [...order.slice(0, at), n - 1, ...order.slice(at)]),
  );
  return orders[n];
}
