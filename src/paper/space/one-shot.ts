import type { Alpha } from '../cell';
import { GenotypeError } from '../genotype';
import { ONE_SHOT_OPERATIONS, type OneShotOperation } from '../operation';
import type { AlphaRow } from './space';

/**
 * What tells the three spaces apart: how many parents a derived cell keeps. Nodes are 0, the cell's
 * input; 1..n, the choice blocks; and the output. Any earlier node is a candidate, for the output
 * any node; a block that keeps as many as there are has no choice, and no weights for it.
 */
export interface OneShotShape {
  /** Parents of choice blocks 1..n. */
  readonly kept: readonly number[];
  /** Parents of the output. */
  readonly keptByOutput: number;
}

/** Spaces 1, 2 and 3. */
export const ONE_SHOT_SHAPES = [
  { kept: [1, 2, 2, 2], keptByOutput: 2 },
  { kept: [1, 1, 2, 2], keptByOutput: 3 },
  { kept: [1, 1, 1, 2, 2], keptByOutput: 2 },
] as const satisfies readonly OneShotShape[];

/** Who feeds whom; node numbers ascend in every list. */
export interface OneShotTopology {
  /** Parents of blocks 1..n; empty for a block that was pruned. */
  readonly parents: readonly (readonly number[])[];
  readonly output: readonly number[];
}

/** A derived cell. */
export interface OneShotCell extends OneShotTopology {
  /** Operation of blocks 1..n; null for a block that was pruned. */
  readonly ops: readonly (OneShotOperation | null)[];
}

/** Blocks that choose their parents, ascending: those with more candidates than they keep. */
export function choosingBlocks({ kept }: OneShotShape): readonly number[] {
  return kept.flatMap((count, at) => (count < at + 1 ? [at + 1] : []));
}

/**
 * Rows of alpha: n operation rows of three columns, the output's n + 1 candidates, then one row for
 * each of {@link choosingBlocks} with its candidates 0..block-1. 24, 26 and 35 scalars.
 */
export function oneShotRows(shape: OneShotShape): readonly AlphaRow[] {
  const blocks = shape.kept.length;
  const nodes = (count: number) => Array.from({ length: count }, (_, node) => String(node));
  return [
    ...shape.kept.map((_, at): AlphaRow => ({
      kind: 'operation',
      name: `block ${at + 1}`,
      columns: ONE_SHOT_OPERATIONS,
    })),
    { kind: 'output', name: 'output', columns: nodes(blocks + 1) },
    ...choosingBlocks(shape).map((block): AlphaRow => ({
      kind: 'input',
      name: `inputs of block ${block}`,
      columns: nodes(block),
    })),
  ];
}

/**
 * The cell that a search ends with: per block the operation with the largest weight, and the
 * strongest parents, as many as the space keeps. The first of equals wins. Loose ends stay in;
 * {@link prune} drops them.
 *
 * @param alpha rows as {@link oneShotRows} lays them out.
 * @throws GenotypeError when the shape differs or a value is NaN.
 */
export function deriveOneShot(shape: OneShotShape, alpha: Alpha): OneShotCell {
  const rows = oneShotRows(shape);
  if (alpha.length !== rows.length) {
    throw new GenotypeError(`Alpha has ${alpha.length} rows; this space has ${rows.length}.`);
  }
  rows.forEach(({ name, columns }, at) => {
    const row = alpha[at]!;
    if (row.length !== columns.length) {
      throw new GenotypeError(
        `Alpha of ${name} has ${row.length} values for ${columns.length} columns.`,
      );
    }
    const unordered = row.findIndex((value) => Number.isNaN(value));
    if (unordered >= 0) {
      throw new GenotypeError(`Alpha of ${columns[unordered]} in ${name} is NaN.`);
    }
  });
  const blocks = shape.kept.length;
  const choosing = choosingBlocks(shape);
  return {
    ops: shape.kept.map((_, at) => ONE_SHOT_OPERATIONS[strongest(alpha[at]!, 1)[0]!]!),
    parents: shape.kept.map((count, at) => {
      const row = choosing.indexOf(at + 1);
      return row < 0 ? range(at + 1) : strongest(alpha[blocks + 1 + row]!, count);
    }),
    output: strongest(alpha[blocks]!, shape.keptByOutput),
  };
}

/** The cell without the blocks that do not reach the output, as NAS-Bench-101 prunes it. */
export function prune(cell: OneShotCell): OneShotCell {
  const used = usedBlocks(cell);
  return {
    ...pruneTopology(cell),
    ops: cell.ops.map((name, at) => (used.has(at + 1) ? name : null)),
  };
}

export function pruneTopology({ parents, output }: OneShotTopology): OneShotTopology {
  const used = usedBlocks({ parents, output });
  return { parents: parents.map((nodes, at) => (used.has(at + 1) ? nodes : [])), output };
}

/** Choice blocks from which the output is reached. */
export function usedBlocks({ parents, output }: OneShotTopology): ReadonlySet<number> {
  const used = new Set<number>();
  const waiting = [...output];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node === 0 || used.has(node)) continue;
    used.add(node);
    waiting.push(...parents[node - 1]!);
  }
  return used;
}

/** Every way to choose the parents, loose ends kept. */
export function* topologies(shape: OneShotShape): Generator<OneShotTopology> {
  const blocks = shape.kept.length;
  function* extend(parents: readonly (readonly number[])[]): Generator<OneShotTopology> {
    const at = parents.length;
    if (at < blocks) {
      for (const nodes of subsets(at + 1, shape.kept[at]!)) yield* extend([...parents, nodes]);
    } else {
      for (const output of subsets(blocks + 1, shape.keptByOutput)) yield { parents, output };
    }
  }
  yield* extend([]);
}

/**
 * Whether the space's own generator of cells without loose ends would list this pruned cell. It
 * walks back from the output and only completes the last, largest parent of each node on its way,
 * so it lists exactly the cells whose blocks all lie on that one path. Derivation can end in others.
 */
export function isGenerated(cell: OneShotTopology): boolean {
  const used = usedBlocks(cell);
  let onPath = 0;
  let node = Math.max(...cell.output);
  while (node !== 0) {
    onPath++;
    node = Math.max(...cell.parents[node - 1]!);
  }
  return onPath === used.size;
}

/** Indices of the `count` largest values, ascending; the first of equals. */
function strongest(row: readonly number[], count: number): number[] {
  return range(row.length)
    .sort((a, b) => row[b]! - row[a]! || a - b)
    .slice(0, count)
    .sort((a, b) => a - b);
}

/** Subsets of 0..n-1 with `size` members. */
function* subsets(n: number, size: number): Generator<readonly number[]> {
  if (size === 0) yield [];
  for (let last = size - 1; size > 0 && last < n; last++) {
    for (const rest of subsets(last, size - 1)) yield [...rest, last];
  }
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
