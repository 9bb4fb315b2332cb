import { get, put } from './lanes';

// Exponential and logarithm in plain double arithmetic: equal to the bit wherever WebAssembly runs,
// which is not promised of JavaScript's.

const LN2_HIGH: f64 = 0.693147180369123816490;
const LN2_LOW: f64 = 1.90821492927058770002e-10;

/** e^x for x <= 0, within 2 units in the last place; 0 below -700. */
function exponential(x: f64): f64 {
  if (x < -700) return 0;
  const power = nearest<f64>(x * 1.4426950408889634);
  const r = x - power * LN2_HIGH - power * LN2_LOW;
  // Taylor's series: |r| < 0.35, so the terms after the 14th are below a double's precision.
  let sum: f64 = 1;
  for (let i = 14; i > 0; i--) sum = 1 + (sum * r) / <f64>i;
  return sum * reinterpret<f64>((<i64>power + 1023) << 52);
}

/** Natural logarithm of a finite x >= 1. */
function logarithm(x: f64): f64 {
  const bits = reinterpret<i64>(x);
  let power = <f64>((bits >> 52) - 1023);
  let m = reinterpret<f64>((bits & 0xfffffffffffff) | (<i64>1023 << 52));
  if (m > 1.4142135623730951) {
    m *= 0.5;
    power += 1;
  }
  // log m = 2 artanh((m - 1) / (m + 1)), whose argument is below 0.172.
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let sum: f64 = 0;
  for (let i = 23; i > 0; i -= 2) sum = sum * square + 1 / <f64>i;
  return power * LN2_LOW + 2 * s * sum + power * LN2_HIGH;
}

/**
 * Linear classifier and softmax cross-entropy.
 *
 * @param pooled `[batch, features]`
 * @param weight `[features, classes]`
 * @param labels int32 `[batch]`
 * @param logits,dLogits `[batch, classes]`; the gradient is that of the mean loss
 * @param scores `[2]`: mean loss and number of right answers
 */
export function classify(
  pooled: usize,
  weight: usize,
  bias: usize,
  labels: usize,
  logits: usize,
  scores: usize,
  dLogits: usize,
  batch: i32,
  features: i32,
  classes: i32,
): void {
  const row = <usize>classes * 4;
  let loss: f64 = 0;
  let right: f32 = 0;
  for (let image = 0; image < batch; image++) {
    for (let c: usize = 0; c < row; c += 16) {
      const n = min(4, <i32>(row - c) / 4);
      let sum = get(bias + c, n);
      for (let feature = 0; feature < features; feature++) {
        const x = v128.load_splat<f32>(pooled + <usize>feature * 4);
        sum = f32x4.add(sum, f32x4.mul(x, get(weight + <usize>feature * row + c, n)));
      }
      put(logits + c, sum, n);
    }
    const label = load<i32>(labels);
    let best = 0;
    for (let i = 1; i < classes; i++) {
      if (load<f32>(logits + <usize>i * 4) > load<f32>(logits + <usize>best * 4)) best = i;
    }
    if (best == label) right += 1;
    const highest: f64 = load<f32>(logits + <usize>best * 4);
    let sum: f64 = 0;
    for (let i = 0; i < classes; i++) {
      sum += exponential(<f64>load<f32>(logits + <usize>i * 4) - highest);
    }
    loss += logarithm(sum) - (<f64>load<f32>(logits + <usize>label * 4) - highest);
    for (let i = 0; i < classes; i++) {
      const p = exponential(<f64>load<f32>(logits + <usize>i * 4) - highest) / sum;
      store<f32>(dLogits + <usize>i * 4, <f32>((p - (i == label ? 1 : 0)) / <f64>batch));
    }
    pooled += <usize>features * 4;
    labels += 4;
    logits += row;
    dLogits += row;
  }
  store<f32>(scores, <f32>(loss / <f64>batch));
  store<f32>(scores, right, 4);
}

/** @param to `[batch, features]` */
export function classifyInput(
  dLogits: usize,
  weight: usize,
  to: usize,
  batch: i32,
  features: i32,
  classes: i32,
): void {
  for (let image = 0; image < batch; image++) {
    for (let feature = 0; feature < features; feature++) {
      const row = weight + <usize>(feature * classes) * 4;
      let sum: f64 = 0;
      for (let i = 0; i < classes; i++) {
        const at = <usize>i * 4;
        sum += <f64>load<f32>(dLogits + at) * <f64>load<f32>(row + at);
      }
      store<f32>(to, <f32>sum);
      to += 4;
    }
    dLogits += <usize>classes * 4;
  }
}

/** @param weight `[features, classes]` @param bias `[classes]` */
export function classifyWeights(
  pooled: usize,
  dLogits: usize,
  weight: usize,
  bias: usize,
  batch: i32,
  features: i32,
  classes: i32,
): void {
  const row = <usize>classes * 4;
  for (let i: usize = 0; i < row; i += 4) {
    let sum: f64 = 0;
    for (let image = 0; image < batch; image++) sum += load<f32>(dLogits + <usize>image * row + i);
    store<f32>(bias + i, <f32>sum);
    for (let feature = 0; feature < features; feature++) {
      sum = 0;
      for (let image = 0; image < batch; image++) {
        const x: f64 = load<f32>(pooled + <usize>(image * features + feature) * 4);
        sum += x * <f64>load<f32>(dLogits + <usize>image * row + i);
      }
      store<f32>(weight + <usize>feature * row + i, <f32>sum);
    }
  }
}

/** Softmax over the rows of `[rows, columns]`. */
export function softmax(x: usize, to: usize, rows: i32, columns: i32): void {
  const bytes = <usize>columns * 4;
  for (let row = 0; row < rows; row++) {
    let highest: f64 = load<f32>(x);
    for (let i: usize = 4; i < bytes; i += 4) highest = max(highest, <f64>load<f32>(x + i));
    let sum: f64 = 0;
    for (let i: usize = 0; i < bytes; i += 4) sum += exponential(<f64>load<f32>(x + i) - highest);
    for (let i: usize = 0; i < bytes; i += 4) {
      store<f32>(to + i, <f32>(exponential(<f64>load<f32>(x + i) - highest) / sum));
    }
    x += bytes;
    to += bytes;
  }
}

/** p (dp - sum(p dp)) */
export function softmaxInput(p: usize, dp: usize, to: usize, rows: i32, columns: i32): void {
  const bytes = <usize>columns * 4;
  for (let row = 0; row < rows; row++) {
    let sum: f64 = 0;
    for (let i: usize = 0; i < bytes; i += 4) {
      sum += <f64>load<f32>(p + i) * <f64>load<f32>(dp + i);
    }
    for (let i: usize = 0; i < bytes; i += 4) {
      store<f32>(to + i, <f32>(<f64>load<f32>(p + i) * (<f64>load<f32>(dp + i) - sum)));
    }
    p += bytes;
    dp += bytes;
    to += bytes;
  }
}
