import { LAGUERRE, LARGE_SHAPE, LEAST_SHAPE, SERIES_TERMS } from '../../gamma';
import { DIRICHLET_DRAWS, DROPPED, PROPOSALS } from '../../method';
import type { Program } from '../program';
import { clockRow, rate, read, write, type RowsShape } from './optimiser';

/** log(elu(alpha) + 1) */
const LOG_SHAPE = `
fn logShape(alpha: f32) -> f32 {
  return select(alpha, log(1f + max(alpha, 0f)), alpha > 0f);
}`;

const list = (values: readonly number[]) =>
  `array<f32, ${values.length}>(${values.map((value) => `f32(${value})`).join(', ')})`;

/** elu(alpha) + 1, kept above 0. */
const SHAPE = `
fn shapeOf(alpha: f32) -> f32 { return max(select(exp(alpha), 1f + alpha, alpha > 0f), ${LEAST_SHAPE}f); }`;

/** Of gamma.ts. */
const TRIGAMMA = `
fn trigamma(y: f32) -> f32 {
  var sum = 0f;
  for (var n = 0; n < 6; n++) { let z = y + f32(n); sum += 1f / (z * z); }
  let z = y + 6f;
  let r = 1f / (z * z);
  return sum + 1f / z + 0.5f * r + r / z * (f32(1.0 / 6.0) - r * (f32(1.0 / 30.0) - r * f32(1.0 / 42.0)));
}`;

/** The functions of gamma.ts, which says where they come from. */
const GAMMA = `${LOG_SHAPE}${SHAPE}
fn digamma(y: f32) -> f32 {
  var sum = 0f;
  for (var n = 0; n < 6; n++) { sum += 1f / (y + f32(n)); }
  let z = y + 6f;
  let r = 1f / (z * z);
  return log(z) - 0.5f / z - r * (f32(1.0 / 12.0) - r * (f32(1.0 / 120.0) - r * f32(1.0 / 252.0))) - sum;
}
fn logVariate(shape: f32, first: u32) -> f32 {
  let d = select(shape, shape + 1f, shape < 1f) - f32(1.0 / 3.0);
  let c = 1f / sqrt(9f * d);
  var cube = 1f;
  for (var n = 0u; n < ${PROPOSALS}u; n++) {
    let x = draws[first + 1u + 2u * n];
    let root = 1f + c * x;
    if (root <= 0f) { continue; }
    cube = root * root * root;
    let bound = 0.5f * x * x + d - d * cube + d * log(cube);
    if (log(draws[first + 2u + 2u * n]) < bound) { break; }
  }
  return log(d * cube) + select(0f, log(draws[first]) / shape, shape < 1f);
}
fn lowerSlope(b: f32, logarithm: f32, x: f32) -> f32 {
  var term = 1f;
  var harmonic = 0f;
  var sum = 1f;
  var slope = 0f;
  for (var n = 1; n <= ${SERIES_TERMS}; n++) {
    let part = 1f / (b + f32(n));
    term *= x * part;
    harmonic += part;
    sum += term;
    slope -= term * harmonic;
  }
  return -(sum * (logarithm - digamma(b + 1f)) + slope) / b;
}
fn upperSlope(b: f32, logarithm: f32, x: f32) -> f32 {
  var nodes = ${list(LAGUERRE.nodes)};
  var shares = ${list(LAGUERRE.weights)};
  var tail = 0f;
  var slope = 0f;
  for (var n = 0u; n < ${LAGUERRE.nodes.length}u; n++) {
    let stretch = log(1f + nodes[n] / x);
    let term = shares[n] * exp((b - 1f) * stretch);
    tail += term;
    slope += term * stretch;
  }
  return (tail * (logarithm - digamma(b + 1f) + 1f / b) + slope) / x;
}
fn cubeRootSlope(b: f32, logarithm: f32) -> f32 {
  let root = exp((logarithm - log(b)) / 3f);
  let z = (root - 1f + 1f / (9f * b)) * 3f * sqrt(b);
  return 1f / b + 3f * (1f / (9f * b * b) - z / (6f * b * sqrt(b))) / root;
}
fn gammaSlope(b: f32, logarithm: f32) -> f32 {
  if (b >= ${LARGE_SHAPE}f) { return cubeRootSlope(b, logarithm); }
  let x = exp(logarithm);
  if (x < max(b + 0.5f, 3f)) { return lowerSlope(b, logarithm, x); }
  return upperSlope(b, logarithm, x);
}`;

/** Whether there is a table of what is kept. */
interface Dropping {
  readonly drops: boolean;
}

const keptOf = ({ drops }: Dropping) => (drops ? read('f32', 'kept') : []);

/** Bindings: alpha, what is kept if anything was dropped, result. */
export function logConcentration(shape: Dropping & { readonly size: number }): Program {
  const { size, drops } = shape;
  const value = 'logShape(alpha[at])';
  return {
    bindings: [...read('f32', 'alpha'), ...keptOf(shape), ...write('f32', 'y')],
    workgroup: [64, 1],
    groups: Math.ceil(size / 64),
    head: LOG_SHAPE,
    body: `
  let at = group * 64u + lane;
  if (at < ${size}u) { y[at] = ${drops ? `select(f32(${DROPPED}), ${value}, kept[at] > 0f)` : value}; }`,
  };
}

/** Bindings: alpha, draws, what is kept if anything was dropped, p, slope. */
export function dirichlet(shape: Dropping & RowsShape): Program {
  const { rows, columns, drops } = shape;
  return {
    bindings: [...read('f32', 'alpha', 'draws'), ...keptOf(shape), ...write('f32', 'p', 'slope')],
    workgroup: [64, 1],
    groups: Math.ceil(rows / 64),
    head: GAMMA,
    body: `
  let edge = group * 64u + lane;
  if (edge < ${rows}u) {
    let start = edge * ${columns}u;
    var logs: array<f32, ${columns}>;
    var most = -1e30f;
    for (var n = 0u; n < ${columns}u; n++) {
      let value = alpha[start + n];
      logs[n] = logVariate(shapeOf(value), (start + n) * ${DIRICHLET_DRAWS}u);
      slope[start + n] = gammaSlope(shapeOf(value), logs[n]) * exp(min(value, 0f));
      ${drops ? 'if (kept[start + n] == 0f) { logs[n] = -1e30f; }' : ''}
      most = max(most, logs[n]);
    }
    var sum = 0f;
    for (var n = 0u; n < ${columns}u; n++) { sum += exp(logs[n] - most); }
    for (var n = 0u; n < ${columns}u; n++) { p[start + n] = exp(logs[n] - most) / sum; }
  }`,
  };
}

/** Bindings: p, slope, gradient of p, result. */
export function dirichletInput({ rows, columns }: RowsShape): Program {
  return {
    bindings: [...read('f32', 'p', 'slope', 'dp'), ...write('f32', 'dAlpha')],
    workgroup: [64, 1],
    groups: Math.ceil(rows / 64),
    body: `
  let edge = group * 64u + lane;
  if (edge < ${rows}u) {
    let start = edge * ${columns}u;
    var mean = 0f;
    for (var n = start; n < start + ${columns}u; n++) { mean += p[n] * dp[n]; }
    for (var n = start; n < start + ${columns}u; n++) {
      dAlpha[n] = p[n] * (dp[n] - mean) * slope[n];
    }
  }`,
  };
}

/** Bindings: alpha, gradient, table, counter, result. */
export function dirichletPull({ rows, columns }: RowsShape): Program {
  return {
    bindings: [
      ...read('f32', 'alpha', 'gradient', 'table'),
      ...read('i32', 'counter'),
      ...write('f32', 'y'),
    ],
    workgroup: [64, 1],
    groups: Math.ceil(rows / 64),
    head: SHAPE + TRIGAMMA,
    body: `
  ${clockRow}
  let edge = group * 64u + lane;
  if (edge < ${rows}u) {
    let start = edge * ${columns}u;
    var excess = 0f;
    for (var n = start; n < start + ${columns}u; n++) { excess += shapeOf(alpha[n]) - 1f; }
    let together = excess * trigamma(excess + ${columns}f);
    for (var n = start; n < start + ${columns}u; n++) {
      let shape = shapeOf(alpha[n]);
      let divergence = ((shape - 1f) * trigamma(shape) - together) * exp(min(alpha[n], 0f));
      y[n] = gradient[n] + ${rate('l2')} * (divergence - alpha[n]);
    }
  }`,
  };
}
