import { zeros, type NdArray } from './plain-array';

/* The classifier, the softmax and the optimisers over float64 arrays; see plain-kernels. */

/** A row of a matrix. */
function rowOf({ shape, values }: NdArray, row: number): number[] {
  const columns = shape[1]!;
  return [...values.subarray(row * columns, (row + 1) * columns)];
}

function fromRows(rows: readonly (readonly number[])[]): NdArray {
  return { shape: [rows.length, rows[0]!.length], values: Float64Array.from(rows.flat()) };
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

function softmaxOf(values: readonly number[]): number[] {
  const largest = Math.max(...values);
  const powers = values.map((value) => Math.exp(value - largest));
  return powers.map((power) => power / sum(powers));
}

export function classify(
  pooled: NdArray,
  weight: NdArray,
  bias: NdArray,
  labels: Int32Array,
): { readonly logits: NdArray; readonly scores: NdArray; readonly dLogits: NdArray } {
  const [features, classes] = weight.shape as [number, number];
  const batch = labels.length;
  const logits = zeros([batch, classes]);
  for (let i = 0; i < batch; i++) {
    for (let c = 0; c < classes; c++) {
      let logit = bias.values[c]!;
      for (let f = 0; f < features; f++) {
        logit += pooled.values[i * features + f]! * weight.values[f * classes + c]!;
      }
      logits.values[i * classes + c] = logit;
    }
  }
  let [loss, right] = [0, 0];
  const gradient: number[][] = [];
  labels.forEach((label, i) => {
    const row = rowOf(logits, i);
    const largest = Math.max(...row);
    // From the logits: the logarithm of a softmax that underflowed would be infinite.
    loss += (largest - row[label]! + Math.log(sum(row.map((x) => Math.exp(x - largest))))) / batch;
    if (row.indexOf(largest) === label) right += 1;
    gradient.push(softmaxOf(row).map((share, c) => (share - (c === label ? 1 : 0)) / batch));
  });
  return {
    logits,
    scores: { shape: [2], values: Float64Array.of(loss, right) },
    dLogits: fromRows(gradient),
  };
}

export function classifyInput(dLogits: NdArray, weight: NdArray): NdArray {
  const [features, classes] = weight.shape as [number, number];
  const rows = Array.from({ length: dLogits.shape[0]! }, (_, i) => {
    const gradient = rowOf(dLogits, i);
    return Array.from({ length: features }, (_, f) =>
      sum(gradient.map((value, c) => value * weight.values[f * classes + c]!)),
    );
  });
  return fromRows(rows);
}

export function classifyWeights(
  pooled: NdArray,
  dLogits: NdArray,
): { readonly weight: NdArray; readonly bias: NdArray } {
  const [batch, features] = pooled.shape as [number, number];
  const classes = dLogits.shape[1]!;
  const weight = zeros([features, classes]);
  const bias = zeros([classes]);
  for (let i = 0; i < batch; i++) {
    for (let c = 0; c < classes; c++) {
      const gradient = dLogits.values[i * classes + c]!;
      bias.values[c]! += gradient;
      for (let f = 0; f < features; f++) {
        weight.values[f * classes + c]! += pooled.values[i * features + f]! * gradient;
      }
    }
  }
  return { weight, bias };
}

export function softmax(alpha: NdArray): NdArray {
  return fromRows(Array.from({ length: alpha.shape[0]! }, (_, i) => softmaxOf(rowOf(alpha, i))));
}

export function softmaxInput(p: NdArray, dp: NdArray): NdArray {
  return fromRows(
    Array.from({ length: p.shape[0]! }, (_, i) => {
      const [shares, gradient] = [rowOf(p, i), rowOf(dp, i)];
      const mean = sum(shares.map((share, c) => share * gradient[c]!));
      return shares.map((share, c) => share * (gradient[c]! - mean));
    }),
  );
}

export interface SgdRates {
  readonly rate: number;
  readonly momentum: number;
  readonly decay: number;
  readonly clip: number;
}

/**
 * One step of PyTorch's `clip_grad_norm_` and `SGD`, with Nesterov's momentum unless told; changes
 * weights and velocity.
 */
export function sgd(
  weights: Float64Array,
  velocity: Float64Array,
  gradient: Float64Array,
  { rate, momentum, decay, clip }: SgdRates,
  nesterov = true,
): number {
  const length = Math.sqrt(sum([...gradient].map((g) => g * g)));
  const factor = Math.min(1, clip / (length + 1e-6));
  gradient.forEach((value, i) => {
    const g = value * factor + decay * weights[i]!;
    velocity[i] = momentum * velocity[i]! + g;
    weights[i]! -= rate * (nesterov ? g + momentum * velocity[i] : velocity[i]);
  });
  return length;
}

export interface AdamRates {
  readonly rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly l2: number;
}

/** Step number `step`, from 1 on, of PyTorch's `Adam(weight_decay=l2)`; changes all but the gradient. */
export function adam(
  state: {
    readonly alpha: Float64Array;
    readonly first: Float64Array;
    readonly second: Float64Array;
  },
  gradient: Float64Array,
  step: number,
  { rate, beta1, beta2, epsilon, l2 }: AdamRates,
): void {
  const { alpha, first, second } = state;
  gradient.forEach((value, i) => {
    const g = value + l2 * alpha[i]!;
    first[i] = beta1 * first[i]! + (1 - beta1) * g;
    second[i] = beta2 * second[i]! + (1 - beta2) * g * g;
    const m = first[i] / (1 - beta1 ** step);
    const v = second[i] / (1 - beta2 ** step);
    alpha[i]! -= (rate * m) / (Math.sqrt(v) + epsilon);
  });
}
