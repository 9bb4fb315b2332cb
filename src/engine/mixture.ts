import { EDGES } from '../paper/cell';
import { OPERATIONS, type Operation } from '../paper/operation';
import type { Kernels, TensorInfo } from './kernels';

/** Edges that leave a source node, in the order of their targets. */
export function edgesFrom(source: number) {
  return EDGES.filter((edge) => edge.source === source);
}

/**
 * The mixture weights p(edge, operation) of one pass on the device, spread to the shapes in which a
 * cell needs them. One instance serves all cells of a forward pass.
 */
export class Mixture {
  private readonly scales = new Map<string, TensorInfo>();
  private readonly weights = new Map<number, TensorInfo>();

  /** @param p `[6, ops]`, rows in the order of {@link EDGES} */
  constructor(
    private readonly k: Kernels,
    readonly p: TensorInfo,
    readonly ops: readonly Operation[],
  ) {}

  has(op: Operation): boolean {
    return this.ops.includes(op);
  }

  /** p of one edge and operation, `[1]`. */
  weight(edge: number, op: Operation): TensorInfo {
    const index = edge * this.ops.length + this.ops.indexOf(op);
    let weight = this.weights.get(index);
    if (!weight) {
      weight = this.k.stretch(this.k.view(this.p, [6 * this.ops.length]), index, 1);
      this.weights.set(index, weight);
    }
    return weight;
  }

  /** p of every edge that leaves `source`, each repeated over its channels: `[edges * channels]`. */
  channelScale(source: number, op: Operation, channels: number): TensorInfo {
    const key = `${source} ${op} ${channels}`;
    let scale = this.scales.get(key);
    if (!scale) {
      const edges = edgesFrom(source);
      const entries = 6 * this.ops.length;
      const columns = edges.length * channels;
      const column = this.ops.indexOf(op);
      const spread = this.k.constant(`spread ${this.ops.join()} ${key}`, [entries, columns], () => {
        const matrix = new Float32Array(entries * columns);
        edges.forEach((edge, position) => {
          const row = edge.index * this.ops.length + column;
          matrix.fill(
            1,
            row * columns + position * channels,
            row * columns + (position + 1) * channels,
          );
        });
        return matrix;
      });
      const product = this.k.matmul(this.k.view(this.p, [1, entries]), spread);
      scale = this.k.view(product, [columns]);
      this.scales.set(key, scale);
    }
    return scale;
  }
}

/** Collects dL/dp over the cells of one backward pass. */
export class MixtureGradient {
  private readonly parts = new Map<string, TensorInfo>();

  constructor(
    private readonly k: Kernels,
    private readonly ops: readonly Operation[],
  ) {}

  /** @param values dL/dp of the edges that leave `source`, `[edges]` */
  add(source: number, op: Operation, values: TensorInfo): void {
    const key = `${source} ${op}`;
    const before = this.parts.get(key);
    this.parts.set(key, before ? this.k.add(before, values) : values);
  }

  /** dL/dp as `[6, ops]`; `none` and whatever had no gradient is 0. */
  finish(): TensorInfo {
    const places: number[] = [];
    const values: TensorInfo[] = [];
    for (const source of [0, 1, 2]) {
      for (const op of OPERATIONS) {
        const part = this.parts.get(`${source} ${op}`);
        if (!part) continue;
        const column = this.ops.indexOf(op);
        for (const edge of edgesFrom(source)) places.push(edge.index * this.ops.length + column);
        values.push(this.k.view(part, [edgesFrom(source).length]));
      }
    }
    const entries = 6 * this.ops.length;
    const collected = this.k.view(this.k.concat(values, 0), [1, places.length]);
    const key = `gather ${this.ops.join()} ${places.join()}`;
    const gather = this.k.constant(key, [places.length, entries], () => {
      const matrix = new Float32Array(places.length * entries);
      places.forEach((place, row) => (matrix[row * entries + place] = 1));
      return matrix;
    });
    return this.k.view(this.k.matmul(collected, gather), [6, this.ops.length]);
  }
}
