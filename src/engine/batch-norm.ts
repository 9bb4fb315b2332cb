import type { Kernels, TensorInfo } from './kernels';

/** PyTorch's default. */
const EPSILON = 1e-5;

export interface NormalisedTable {
  /** `[rows, channels]`: normalised over the rows, times scale, plus shift. */
  readonly y: TensorInfo;
  /**
   * @param g gradient with respect to y, `[rows, channels]`
   * @param gMeans its column means, which several norms of one g share
   * @param wantInput false leaves out the gradient with respect to z
   */
  readonly backward: (g: TensorInfo, gMeans: TensorInfo, wantInput: boolean) => NormGradient;
}

export interface NormGradient {
  readonly dz: TensorInfo | null;
  /** `[channels]`: sum over the rows of g times the normalised values. */
  readonly dScale: TensorInfo;
}

/**
 * Batch normalisation with batch statistics and a scale per channel.
 *
 * In a cell the scale of a channel is the mixture weight p(edge, operation) of the edge it belongs
 * to, so that dL/dp falls out of the gradient of the scale: it is its sum over the edge's channels.
 *
 * @param z `[rows, channels]`; freed here
 * @param scale `[channels]`
 * @param shift `[channels]`, or null for none
 */
export function batchNorm(
  k: Kernels,
  z: TensorInfo,
  scale: TensorInfo,
  shift: TensorInfo | null,
): NormalisedTable {
  const [rows, channels] = z.shape as [number, number];
  // Made anew: the wasm backend remembers every (scale, shift) pair for as long as the scale lives.
  const one = k.upload(new Float32Array(channels).fill(1), [channels]);
  const minusMean = k.mul(k.meanRows(z), k.scalar(-1));
  // Centred first: E[z^2] - E[z]^2 would lose digits where the mean is large.
  const centred = k.affine(z, one, minusMean);
  k.free(z);
  const squares = k.square(centred);
  const variance = k.meanRows(squares);
  k.free(squares);
  const inverse = k.rsqrt(k.add(variance, k.scalar(EPSILON)));
  const gain = k.mul(scale, inverse);
  const y = k.affine(centred, gain, shift);

  const backward = (g: TensorInfo, gMeans: TensorInfo, wantInput: boolean): NormGradient => {
    const product = k.mul(g, centred);
    const meanGz = k.mul(k.meanRows(product), inverse);
    k.free(product);
    const dScale = k.mul(meanGz, k.scalar(rows));
    if (!wantInput) return { dz: null, dScale };
    // dz = gain (g - mean(g) - zhat mean(g zhat)), zhat = centred * inverse
    const fromCentred = k.mul(k.mul(k.mul(gain, inverse), meanGz), k.scalar(-1));
    const constant = k.mul(k.mul(gain, gMeans), k.scalar(-1));
    const a = k.affine(g, gain, constant);
    const b = k.affine(centred, fromCentred, null);
    const dz = k.add(a, b);
    k.free(a, b);
    return { dz, dScale };
  };
  return { y, backward };
}
