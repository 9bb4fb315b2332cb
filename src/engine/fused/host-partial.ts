import { EDGES } from '../../paper/cell';
import { sizeOf, type Kernels } from '../kernels';
import { softmax } from './host-steps';
import type { Tensor } from './operands';
import { LEAST_WEIGHT, type PartialKernels } from './partial';

/** {@link PartialKernels} on backends whose memory the host sees: plain loops. */
export class HostPartial implements PartialKernels {
  constructor(private readonly k: Kernels) {}

  edgeMixture(alpha: Tensor): Tensor {
    return this.make(alpha.shape, (into) => {
      const values = this.k.host(alpha);
      for (const { row, entry, rivals } of edgesOf(alpha)) {
        const weights = softmax(values.subarray(...rivals));
        const weight = weights[entry - rivals[0]]!;
        into[entry] = weight;
        into.set(
          softmax(values.subarray(...row)).map((share) => weight * share),
          row[0],
        );
      }
    });
  }

  edgeMixtureInput(p: Tensor, dp: Tensor): Tensor {
    return this.make(p.shape, (into) => {
      const [shares, slopes] = [this.k.host(p), this.k.host(dp)];
      /** Of the loss by the logarithm of an edge's weight. */
      const pull = ([start, end]: readonly [number, number], entry: number) => {
        let sum = shares[entry]! * slopes[entry]!;
        for (let i = start; i < end; i++) sum += shares[i]! * slopes[i]!;
        return sum;
      };
      const edges = edgesOf(p);
      for (const { row, entry, rivals } of edges) {
        const weight = shares[entry]!;
        const own = pull(row, entry);
        const mean = own / Math.max(weight, LEAST_WEIGHT) - slopes[entry]!;
        for (let i = row[0]; i < row[1]; i++) into[i] = shares[i]! * (slopes[i]! - mean);
        const all = edges
          .filter((other) => other.rivals[0] === rivals[0])
          .reduce((sum, other) => sum + pull(other.row, other.entry), 0);
        into[entry] = own - weight * all;
      }
    });
  }

  front(x: Tensor, share: number): Tensor {
    const y = this.k.allocate(frontShape(x, share));
    const [channels, width] = [x.shape[3]!, y.shape[3]!];
    const [values, into] = [this.k.host(x), this.k.host(y)];
    for (let from = 0, i = 0; i < into.length; from += channels) {
      for (let c = 0; c < width; c++) into[i++] = values[from + c]!;
    }
    return y;
  }

  addFront(x: Tensor, front: Tensor): void {
    const [channels, width] = [x.shape[3]!, front.shape[3]!];
    const [into, values] = [this.k.host(x), this.k.host(front)];
    for (let to = 0, i = 0; i < values.length; to += channels) {
      for (let c = 0; c < width; c++) into[to + c]! += values[i++]!;
    }
  }

  shuffle(front: Tensor, rest: Tensor): Tensor {
    const [channels, width] = [rest.shape[3]!, front.shape[3]!];
    const y = this.k.allocate(rest.shape);
    const [first, others, into] = [front, rest, y].map((tensor) => this.k.host(tensor));
    for (let pixel = 0, i = 0, own = 0; i < into!.length; pixel += channels) {
      for (let c = 0; c < width; c++) {
        into![i++] = first![own++]!;
        for (let at = c + width; at < channels; at += width) into![i++] = others![pixel + at]!;
      }
    }
    return y;
  }

  unshuffle(dy: Tensor, share: number) {
    const front = this.k.allocate(frontShape(dy, share));
    const rest = this.k.allocate(dy.shape);
    const [channels, width] = [dy.shape[3]!, front.shape[3]!];
    const [slopes, first, others] = [dy, front, rest].map((tensor) => this.k.host(tensor));
    for (let pixel = 0, i = 0, own = 0; i < slopes!.length; pixel += channels) {
      for (let c = 0; c < width; c++) {
        others![pixel + c] = 0;
        first![own++] = slopes![i++]!;
        for (let at = c + width; at < channels; at += width) others![pixel + at] = slopes![i++]!;
      }
    }
    return { front, rest };
  }

  /** A new tensor, filled once it lies where it stays: making one can move the others on wasm. */
  private make(shape: readonly number[], fill: (into: Float32Array) => void): Tensor {
    const tensor = this.k.allocate(shape);
    fill(this.k.host(tensor));
    return tensor;
  }
}

/** Of the first channels of images. */
export function frontShape({ shape }: Tensor, share: number): number[] {
  return [...shape.slice(0, 3), shape[3]! / share];
}

/** Where six edges have their rows, their own entries, and those of all edges into the same node. */
function edgesOf({ shape }: Tensor) {
  const count = EDGES.length;
  const columns = sizeOf(shape) / count - 1;
  return EDGES.map(({ index, target }) => {
    const into = EDGES.filter((edge) => edge.target === target);
    const first = count * columns + into[0]!.index;
    return {
      row: [index * columns, (index + 1) * columns] as const,
      entry: count * columns + index,
      rivals: [first, first + into.length] as const,
    };
  });
}
