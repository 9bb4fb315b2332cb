import type { MixPlan, Normalised, Tensor } from '../fused';
import type { WasmCode } from './code';
import { NONE, type Heap } from './heap';
import { imageShape, tableShape } from './shape';

/** What the table of a mixture holds; see `assembly/table.ts`. */
interface TableContents {
  /** Of each edge, the tensor read and the one written; null: none. */
  readonly edges: readonly {
    readonly from: Tensor | null;
    readonly to: Tensor | null;
  }[];
  /** p or its gradient `[6, columns]`; null: none. */
  readonly p: Tensor | null;
  readonly convs: readonly Normalised[];
  /** Gradients of the convolutions' z, where they are written. */
  readonly dzs?: readonly Tensor[];
}

/** The mixtures of `FusedKernels`. Their tensors are too many for arguments, so they go by a table. */
export class Mixtures {
  constructor(
    private readonly heap: Heap,
    private readonly code: WasmCode,
  ) {}

  mix(
    x: Tensor,
    p: Tensor,
    convs: readonly Normalised[],
    nodes: readonly (Tensor | null)[],
    plan: MixPlan,
  ): Tensor[] {
    const { heap, code } = this;
    const results = nodes.map((node) => heap.reuse(node, x.shape));
    const edges = results.map((to, i) => ({ from: nodes[i]!, to }));
    this.withTable({ edges, p, convs }, x, plan, (table, space) => {
      const { skip, pool } = plan;
      const counts = [edges.length, convs.length];
      code.mix(heap.at(x), table, space, ...counts, skip, pool, ...imageShape(x));
    });
    return results;
  }

  mixSums(
    x: Tensor,
    convs: readonly Normalised[],
    dys: readonly Tensor[],
    dp: Tensor | null,
    plan: MixPlan,
  ): Tensor {
    const { heap, code } = this;
    const sums = heap.make([1 + convs.length, dys.length * x.shape[3]!]);
    this.withTable({ edges: read(dys), p: dp, convs }, x, plan, (table, space) => {
      const { skip, pool } = plan;
      const operands = [heap.at(x), table, heap.at(sums), space];
      code.mixSums(...operands, dys.length, convs.length, skip, pool, ...imageShape(x));
    });
    return sums;
  }

  mixConvs(
    p: Tensor,
    convs: readonly Normalised[],
    sums: Tensor,
    dys: readonly Tensor[],
    plan: MixPlan,
  ): Tensor[] {
    const { heap, code } = this;
    const dy = dys[0]!;
    const dzs = convs.map(({ z }) => heap.make(z.shape));
    this.withTable({ edges: read(dys), p, convs, dzs }, dy, plan, (table) => {
      code.mixConvs(table, heap.at(sums), dys.length, convs.length, ...tableShape(dy));
    });
    return dzs;
  }

  mixInput(p: Tensor, dys: readonly Tensor[], add: Tensor | null, plan: MixPlan): Tensor {
    const { heap, code } = this;
    const dy = dys[0]!;
    const dx = heap.reuse(add, dy.shape);
    this.withTable({ edges: read(dys), p, convs: [] }, dy, plan, (table, space) => {
      const { skip, pool } = plan;
      const operands = [table, heap.at(add), heap.at(dx), space];
      code.mixInput(...operands, dys.length, skip, pool, ...imageShape(dy));
    });
    return dx;
  }

  /** Runs `body` with a table and scratch space for images like this one. */
  private withTable(
    { edges, p, convs, dzs }: TableContents,
    image: Tensor,
    plan: MixPlan,
    body: (table: number, space: number) => void,
  ): void {
    const { heap, code } = this;
    if (convs.length > 2) throw new RangeError('A mixture has at most two convolutions.');
    const words = edges.flatMap(({ from, to }, i) => {
      const rowOf = (table: Tensor | null) =>
        table ? heap.at(table) + 4 * plan.edges[i]! * plan.columns : NONE;
      return [heap.at(from), heap.at(to), rowOf(p), rowOf(plan.drawn ?? null)];
    });
    convs.forEach(({ z, moments }, i) => {
      words.push(heap.at(z), heap.at(moments), 4 * plan.convs[i]!, heap.at(dzs?.[i] ?? null));
    });
    const tableBytes = 64 * Math.ceil(words.length / 16);
    const [, ...pixels] = imageShape(image);
    heap.borrow(tableBytes + code.mixSpace(...pixels, edges.length, convs.length), (table) => {
      heap.write(table, words);
      body(table, table + tableBytes);
    });
  }
}

/** Edges that are only read. */
function read(dys: readonly Tensor[]): TableContents['edges'] {
  return dys.map((from) => ({ from, to: null }));
}
