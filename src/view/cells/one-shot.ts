import { SENTENCE_NAME, SHORT_NAME, type OneShotOperation } from '../../paper/operation';
import { usedBlocks, type OneShotCell, type OneShotShape } from '../../paper/space/one-shot';

/** A cell to start from: 3x3 convolutions, each after the last ones before it. */
export function firstOneShot({ kept, keptByOutput }: OneShotShape): OneShotCell {
  const last = (count: number, of: number) =>
    Array.from({ length: count }, (_, at) => of - count + at);
  return {
    ops: kept.map(() => 'conv3x3-bn-relu'),
    parents: kept.map((count, at) => last(count, at + 1)),
    output: last(keptByOutput, kept.length + 1),
  };
}

/** Sets of `count` nodes out of 0..of-1, in the order of their numbers. */
export function choicesOf(count: number, of: number, from = 0): number[][] {
  if (count === 0) return [[]];
  return Array.from({ length: Math.max(0, of - from) }, (_, at) => from + at).flatMap((node) =>
    choicesOf(count - 1, of, node + 1).map((rest) => [node, ...rest]),
  );
}

/** `input and block 2`. */
export function nodesWords(nodes: readonly number[]): string {
  const names = nodes.map((node) => (node === 0 ? 'input' : `block ${node}`));
  if (names.length < 2) return names.join();
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)!}`;
}

/**
 * The cell with another operation for a block, or with other nodes for it to read. Blocks that were
 * pruned are there again, since something may read them now.
 */
export function withBlock(
  { kept }: OneShotShape,
  cell: OneShotCell,
  block: number,
  change: { readonly op?: OneShotOperation; readonly nodes?: readonly number[] },
): OneShotCell {
  const at = block - 1;
  const whole = completed(kept, cell);
  return {
    ...whole,
    ops: whole.ops.map((op, place) => (place === at ? (change.op ?? op) : op)),
    parents: whole.parents.map((nodes, place) => (place === at ? (change.nodes ?? nodes) : nodes)),
  };
}

/** The cell whose output reads other nodes. */
export function withOutput(
  { kept }: OneShotShape,
  cell: OneShotCell,
  output: readonly number[],
): OneShotCell {
  return { ...completed(kept, cell), output };
}

/** With some choice for blocks that were pruned. */
function completed(kept: readonly number[], cell: OneShotCell): OneShotCell {
  return {
    ops: cell.ops.map((op) => op ?? 'conv3x3-bn-relu'),
    parents: cell.parents.map((nodes, at) =>
      cell.ops[at] === null ? choicesOf(kept[at]!, at + 1)[0]! : nodes,
    ),
    output: cell.output,
  };
}

/** `1:3×3←0 2:max←0,1 out←1,2`; blocks that lead nowhere are left out. */
export function shortOneShot(cell: OneShotCell): string {
  const used = usedBlocks(cell);
  const blocks = cell.ops.flatMap((op, at) =>
    op !== null && used.has(at + 1)
      ? [`${at + 1}:${SHORT_NAME[op]}←${cell.parents[at]!.join()}`]
      : [],
  );
  return [...blocks, `out←${cell.output.join()}`].join(' ');
}

/** Every block in words, for those who do not see the drawing. */
export function oneShotSummary(cell: OneShotCell): string {
  const used = usedBlocks(cell);
  const blocks = cell.ops.map((op, at) => {
    if (op === null || !used.has(at + 1)) return `Block ${at + 1} leads nowhere.`;
    return `Block ${at + 1}: ${SENTENCE_NAME[op]} of ${nodesWords(cell.parents[at]!)}.`;
  });
  return [...blocks, `The output reads ${nodesWords(cell.output)}.`].join(' ');
}

/** A drawing of a cell, in pixels. */
export interface OneShotLayout {
  readonly width: number;
  readonly height: number;
  readonly radius: number;
  /** Input, blocks and output, from left to right. Faint is what the output is not reached from. */
  readonly nodes: readonly {
    readonly node: number;
    readonly x: number;
    readonly y: number;
    readonly text: string;
    /** Of a block; empty for the others. */
    readonly number: string;
    readonly op: OneShotOperation | null;
    readonly faint: boolean;
  }[];
  /** From a node to one that reads it, the higher the farther apart. */
  readonly arcs: readonly {
    readonly name: string;
    readonly path: string;
    readonly faint: boolean;
  }[];
}

const RADIUS = 19;
/** From the edges of the drawing to the first and the last node. */
const MARGIN = 30;
/** Of the longest arc's control points over the drawing's width; an arc reaches three quarters of it. */
const RISE = 0.34;

export function layoutOneShot(cell: OneShotCell, width: number): OneShotLayout {
  const used = usedBlocks(cell);
  const end = cell.ops.length + 1;
  const y = 0.75 * RISE * width + RADIUS + 4;
  const place = (node: number) => MARGIN + (node * (width - 2 * MARGIN)) / end;
  const isFaint = (node: number) => node > 0 && node < end && !used.has(node);
  const blocks = cell.ops.map((op) => ({ op, text: op === null ? '–' : SHORT_NAME[op] }));
  const nodes = [{ op: null, text: 'in' }, ...blocks, { op: null, text: 'out' }];
  const foot = y - 0.8 * RADIUS;
  const arc = (from: number, to: number) => {
    const [left, right] = [place(from) + 0.6 * RADIUS, place(to) - 0.6 * RADIUS];
    const top = foot - (RISE * width * (to - from)) / end;
    return `M${left} ${foot}C${left} ${top} ${right} ${top} ${right} ${foot}`;
  };
  return {
    width,
    height: y + RADIUS + 22,
    radius: RADIUS,
    nodes: nodes.map(({ op, text }, node) => {
      const number = node > 0 && node < end ? String(node) : '';
      return { node, x: place(node), y, text, number, op, faint: isFaint(node) };
    }),
    arcs: [...cell.parents, cell.output].flatMap((from, at) =>
      from.map((node) => ({
        name: `${node} ${at + 1}`,
        path: arc(node, at + 1),
        faint: isFaint(at + 1),
      })),
    ),
  };
}
