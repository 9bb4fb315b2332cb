import type { Kernels, Tensor } from '../../src/engine/kernels';
import type { Batch, Network, Pass } from '../../src/engine/network';
import { NAS_BENCH_201 } from '../../src/paper/space/nas-bench-201';

/** Edges and operations of the toy; a weight for each pair. */
export const TOY = { edges: 6, ops: 3, size: 18 } as const;

/** Two numbers for each edge, and a label. */
export interface ToyBatch {
  readonly x: readonly number[];
  readonly label: number;
}

/** What an operation makes of an edge's input, and its derivative with respect to its weight. */
function operate(weight: number, x: number, op: number): { value: number; slope: number } {
  const value = Math.tanh(weight * x + 0.3 * op);
  return { value, slope: x * (1 - value ** 2) };
}

/**
 * (sum over edges and operations of p * operation - label)^2 / 2, plus numbers added to edges. Where p
 * goes on behind the operations, there are the weights of edges, which give their input as well.
 */
export function toyLoss(
  weights: ArrayLike<number>,
  p: ArrayLike<number>,
  { x, label }: ToyBatch,
  added = 0,
): number {
  let y = added;
  for (let i = 0; i < TOY.size; i++) {
    const edge = Math.floor(i / TOY.ops);
    y += p[i]! * operate(weights[i]!, x[edge]!, i % TOY.ops).value;
  }
  for (let edge = 0; TOY.size + edge < p.length; edge++) y += p[TOY.size + edge]! * x[edge]!;
  return (y - label) ** 2 / 2;
}

/** A network of one number that every method can search, with gradients written out by hand. */
export class ToyNetwork implements Pick<Network, 'recipe' | 'alphaShape' | 'forward'> {
  readonly recipe = NAS_BENCH_201.recipe;
  readonly alphaShape: readonly number[] = [TOY.edges, TOY.ops];

  constructor(protected readonly k: Kernels) {}

  mixture(alpha: Tensor): Tensor {
    return this.k.fused.softmax(alpha);
  }

  mixtureInput(p: Tensor, dp: Tensor): Tensor {
    return this.k.fused.softmaxInput(p, dp);
  }

  forward(flat: Tensor, p: Tensor, batch: Batch): Pass {
    const { k } = this;
    const weights = k.host(flat).slice();
    const shares = k.host(p).slice();
    const x = [...k.host(batch.images)];
    const label = k.host(batch.labels)[0]!;
    const outputs = Array.from(weights, (w, i) =>
      operate(w, x[Math.floor(i / TOY.ops)]!, i % TOY.ops),
    );
    const edges = x.slice(0, shares.length - TOY.size);
    const operated = outputs.reduce((sum, { value }, i) => sum + shares[i]! * value, 0);
    const y = edges.reduce((sum, value, i) => sum + shares[TOY.size + i]! * value, operated);
    const error = y - label;
    const tensor = (values: readonly number[], shape: readonly number[]) =>
      k.upload(Float32Array.from(values), shape);
    const weightGradient = () =>
      tensor(
        outputs.map(({ slope }, i) => error * shares[i]! * slope),
        [TOY.size],
      );
    const mixtureGradient = () =>
      tensor(
        [...outputs.map(({ value }) => value), ...edges].map((value) => error * value),
        this.alphaShape,
      );
    const shifts = () => tensor(Array<number>(TOY.edges).fill(error), [TOY.edges]);
    return {
      scores: tensor([error ** 2 / 2, 0], [2]),
      logits: tensor([y], [1, 1]),
      weightGradient,
      mixtureGradient,
      shiftGradients: () => ({ mixture: mixtureGradient(), shifts: shifts() }),
      gradients: () => ({ weights: weightGradient(), mixture: mixtureGradient() }),
    };
  }
}

/** The same with weights of edges, as PC-DARTS has them. */
export class EdgedToyNetwork extends ToyNetwork {
  override readonly alphaShape = [TOY.size + TOY.edges];

  override mixture(alpha: Tensor): Tensor {
    return this.k.fused.partial.edgeMixture(alpha);
  }

  override mixtureInput(p: Tensor, dp: Tensor): Tensor {
    return this.k.fused.partial.edgeMixtureInput(p, dp);
  }
}
