import type { Kernels } from '../kernels';
import type { Normalised, Tensor } from './fused';
import { EPSILON } from './norm-constants';

/** Adds two tensors and frees them. */
export function addFree(k: Kernels, a: Tensor, b: Tensor): Tensor {
  const sum = k.add(a, b);
  k.free(a, b);
  return sum;
}

/** Batch norms composed from stock tfjs kernels. */
export class StockNorms {
  constructor(private readonly k: Kernels) {}

  moments(z: Tensor): Tensor {
    const { k } = this;
    const table = k.table(k.solid(z));
    const mean = k.meanRows(table);
    // Centred first: E[z^2] - E[z]^2 would lose digits where the mean is large.
    const centred = this.centre(table, mean);
    const squares = k.square(centred);
    k.free(centred);
    const variance = k.meanRows(squares);
    k.free(squares);
    const inverse = k.rsqrt(k.add(variance, k.scalar(EPSILON)));
    return k.view(k.concat([mean, inverse], 0), [2, mean.shape[0]!]);
  }

  norm(n: Normalised, scale: Tensor, shift: Tensor, add: Tensor | null): Tensor {
    const { k } = this;
    const { centred, inverse } = this.centred(n);
    const y = k.affine(centred, k.mul(k.solid(scale), inverse), k.solid(shift));
    k.free(centred);
    const image = k.view(y, n.z.shape);
    return add ? addFree(k, image, add) : image;
  }

  normSums(n: Normalised, g: Tensor, into: { scale: Tensor; shift: Tensor } | null): Tensor {
    const { k } = this;
    const table = k.table(k.solid(g));
    const [rows, channels] = table.shape as [number, number];
    const shift = k.mul(k.meanRows(table), k.scalar(rows));
    const scale = this.sumNormalised(n, table);
    if (into) {
      k.assign(into.scale, scale);
      k.assign(into.shift, shift);
    }
    return k.view(k.concat([shift, scale], 0), [2, channels]);
  }

  normInput(n: Normalised, scale: Tensor, sums: Tensor, g: Tensor): Tensor {
    const { k } = this;
    const [sumG, sumGz] = [this.row(sums, 0), this.row(sums, 1)];
    return k.view(this.throughNorm(n, k.solid(scale), sumG, sumGz, k.table(k.solid(g))), n.z.shape);
  }

  /** Row of a small matrix `[rows, columns]`, `[columns]`. */
  row(matrix: Tensor, row: number): Tensor {
    const [rows, columns] = matrix.shape as [number, number];
    return this.k.stretch(this.k.view(matrix, [rows * columns]), row * columns, columns);
  }

  centred({ z, moments }: Normalised) {
    const centred = this.centre(this.k.table(this.k.solid(z)), this.row(moments, 0));
    return { centred, inverse: this.row(moments, 1) };
  }

  /** Column sums of g times the normalised z. */
  sumNormalised(n: Normalised, g: Tensor): Tensor {
    const { k } = this;
    const { centred, inverse } = this.centred(n);
    const product = k.mul(g, centred);
    k.free(centred);
    const mean = k.meanRows(product);
    k.free(product);
    return k.mul(k.mul(mean, inverse), k.scalar(g.shape[0]!));
  }

  /** gain (g - mean(g) - zhat mean(g zhat)) with gain = scale / deviation. */
  throughNorm(n: Normalised, scale: Tensor, sumG: Tensor, sumGz: Tensor, g: Tensor): Tensor {
    const { k } = this;
    const { centred, inverse } = this.centred(n);
    const gain = k.mul(scale, inverse);
    const perRow = k.scalar(-1 / g.shape[0]!);
    const fromCentred = k.mul(k.mul(gain, inverse), k.mul(sumGz, perRow));
    const a = k.affine(g, gain, k.mul(gain, k.mul(sumG, perRow)));
    const b = k.affine(centred, fromCentred, null);
    k.free(centred);
    return addFree(k, a, b);
  }

  private centre(table: Tensor, mean: Tensor): Tensor {
    const { k } = this;
    // Made anew: the wasm backend remembers every (scale, shift) pair for as long as the scale lives.
    const one = k.upload(new Float32Array(mean.shape[0]!).fill(1), mean.shape);
    return k.affine(table, one, k.mul(mean, k.scalar(-1)));
  }
}
