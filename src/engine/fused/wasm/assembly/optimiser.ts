import { get, put } from './lanes';

/** Floats whose squares are summed before they are added to the total. */
const STRETCH: i32 = 512;

/** Sum of squares of `[size]`. */
function squares(x: usize, size: i32): f64 {
  let total: f64 = 0;
  for (let first = 0; first < size; first += STRETCH) {
    const count = min(STRETCH, size - first);
    let sum = f32x4.splat(0);
    for (let i = 0; i < count; i += 4) {
      const value = get(x, min(4, count - i));
      sum = f32x4.add(sum, f32x4.mul(value, value));
      x += 16;
    }
    const low: f64 = <f64>f32x4.extract_lane(sum, 0) + <f64>f32x4.extract_lane(sum, 1);
    const high: f64 = <f64>f32x4.extract_lane(sum, 2) + <f64>f32x4.extract_lane(sum, 3);
    total += low + high;
  }
  return total;
}

/**
 * SGD with momentum: clip by the total norm, decay, v <- mu v + g, then w <- w - rate (g + mu v) with
 * Nesterov's, w <- w - rate v with the plain one.
 *
 * @param norm `[1]`, of the gradient before the clip
 */
export function sgd(
  weights: usize,
  velocity: usize,
  gradient: usize,
  norm: usize,
  size: i32,
  rate: f32,
  momentum: f32,
  decay: f32,
  clip: f32,
  plain: bool,
): void {
  const length = <f32>sqrt<f64>(squares(gradient, size));
  store<f32>(norm, length);
  const limit = clip / (length + 1e-6);
  // Written so that a norm that is no number stays visible in the weights.
  const scale = f32x4.splat(limit >= 1 ? 1 : limit);
  const decays = f32x4.splat(decay);
  const mu = f32x4.splat(momentum);
  const step = f32x4.splat(rate);
  for (let i = 0; i < size; i += 4) {
    const n = min(4, size - i);
    const at = <usize>i * 4;
    const w = get(weights + at, n);
    const g = f32x4.add(f32x4.mul(get(gradient + at, n), scale), f32x4.mul(w, decays));
    const v = f32x4.add(f32x4.mul(get(velocity + at, n), mu), g);
    put(velocity + at, v, n);
    const move = plain ? v : f32x4.add(g, f32x4.mul(mu, v));
    put(weights + at, f32x4.sub(w, f32x4.mul(step, move)), n);
  }
}

/**
 * Adam with L2 coupled into the gradient.
 *
 * @param rate divided by 1 - beta1^t
 * @param correction 1 / (1 - beta2^t)
 */
export function adam(
  alpha: usize,
  first: usize,
  second: usize,
  gradient: usize,
  size: i32,
  rate: f32,
  beta1: f32,
  beta2: f32,
  oneMinusBeta1: f32,
  oneMinusBeta2: f32,
  correction: f32,
  epsilon: f32,
  l2: f32,
): void {
  for (let at: usize = 0; at < <usize>size * 4; at += 4) {
    const w = load<f32>(alpha + at);
    const g = load<f32>(gradient + at) + l2 * w;
    const m = beta1 * load<f32>(first + at) + oneMinusBeta1 * g;
    const v = beta2 * load<f32>(second + at) + oneMinusBeta2 * (g * g);
    store<f32>(first + at, m);
    store<f32>(second + at, v);
    store<f32>(alpha + at, w - rate * (m / (sqrt<f32>(v * correction) + epsilon)));
  }
}
