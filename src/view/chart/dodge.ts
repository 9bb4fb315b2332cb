/**
 * Moves labels on one axis apart with the least squared displacement: isotonic regression (pool
 * adjacent violators) on the sorted positions less their stacking offset, then clipped to the range.
 *
 * @param positions wanted centres, in any order; ties keep that order.
 * @param gap least distance between two centres.
 * @param range centres stay inside; when the labels cannot fit, they overflow at its end.
 * @returns the centres in the order of `positions`.
 */
export function dodge(
  positions: readonly number[],
  gap: number,
  range: readonly [number, number],
): number[] {
  const order = positions.map((_, index) => index).sort((a, b) => positions[a]! - positions[b]!);
  const blocks: { sum: number; count: number }[] = [];
  order.forEach((index, rank) => {
    let block = { sum: positions[index]! - rank * gap, count: 1 };
    let last = blocks.at(-1);
    while (last !== undefined && last.sum / last.count >= block.sum / block.count) {
      blocks.pop();
      block = { sum: last.sum + block.sum, count: last.count + block.count };
      last = blocks.at(-1);
    }
    blocks.push(block);
  });

  const [low, high] = range;
  const ceiling = Math.max(low, high - (positions.length - 1) * gap);
  const placed = new Array<number>(positions.length);
  let rank = 0;
  for (const { sum, count } of blocks) {
    const base = Math.min(Math.max(sum / count, low), ceiling);
    for (let member = 0; member < count; member++, rank++) {
      placed[order[rank]!] = base + rank * gap;
    }
  }
  return placed;
}
