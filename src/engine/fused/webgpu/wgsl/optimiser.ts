import { RATE, RATES } from '../../fused';
import type { Binding, Program } from '../program';

export const read = (type: string, ...names: readonly string[]): Binding[] =>
  names.map((name) => ({ name, access: 'r', type }));
export const write = (type: string, ...names: readonly string[]): Binding[] =>
  names.map((name) => ({ name, access: 'w', type }));

/** A rate of the clock's step. */
export const rate = (name: keyof typeof RATE) => `table[row + ${RATE[name]}u]`;
/** Where that row begins. */
export const clockRow = `let row = u32(counter[0]) * ${RATES}u;`;

export interface VectorShape {
  readonly size: number;
  /** Threads that keep the device busy. */
  readonly threads: number;
}

/** Parts of the gradient's squares; every thread of the update adds them up. */
const MOST_PARTS = 64;

/** Threads of a part; they share memory where there are many. */
function squareThreads({ size, threads }: VectorShape): number {
  return threads > MOST_PARTS && size > MOST_PARTS ? 64 : 1;
}

export function squareParts({ size }: VectorShape): number {
  return Math.min(MOST_PARTS, size);
}

/** Bindings: gradient, `[parts]`. */
export function squares(shape: VectorShape): Program {
  const { size } = shape;
  const parts = squareParts(shape);
  const depth = squareThreads(shape);
  const bindings = [...read('f32', 'gradient'), ...write('f32', 'parts')];
  const sum = (first: string, stride: number) => `
  var sum = 0f;
  for (var at = ${first}; at < ${size}u; at += ${stride}u) { sum += gradient[at] * gradient[at]; }`;
  if (depth === 1) {
    return {
      bindings,
      workgroup: [parts, 1],
      groups: 1,
      body: `${sum('lane', parts)}
  parts[lane] = sum;`,
    };
  }
  return {
    bindings,
    workgroup: [depth, 1],
    groups: parts,
    head: `var<workgroup> shares: array<f32, ${depth}>;`,
    body: `${sum(`group * ${depth}u + lane`, parts * depth)}
  shares[lane] = sum;
  workgroupBarrier();
  if (lane == 0u) {
    for (var n = 1u; n < ${depth}u; n++) { sum += shares[n]; }
    parts[group] = sum;
  }`,
  };
}

/** Bindings: gradient, parts of its squares, table, counter, weights, momentum, norm. */
export function sgd(shape: VectorShape): Program {
  const { size } = shape;
  const parts = squareParts(shape);
  const threads = 64;
  const perThread = 8;
  return {
    bindings: [
      ...read('f32', 'gradient', 'parts', 'table'),
      ...read('i32', 'counter'),
      ...write('f32', 'weights', 'momentum', 'norm'),
    ],
    workgroup: [threads, 1],
    groups: Math.ceil(size / (threads * perThread)),
    body: `
  ${clockRow}
  var sum = 0f;
  for (var part = 0u; part < ${parts}u; part++) { sum += parts[part]; }
  let length = sqrt(sum);
  if (group == 0u && lane == 0u) { norm[0] = length; }
  let clip = min(1f, ${rate('clip')} / (length + 1e-6f));
  let decay = ${rate('decay')};
  let mu = ${rate('momentum')};
  let step = ${rate('weights')};
  let plain = ${rate('plainMomentum')} == 1f;
  for (var n = 0u; n < ${perThread}u; n++) {
    let at = (group * ${perThread}u + n) * ${threads}u + lane;
    if (at < ${size}u) {
      let g = gradient[at] * clip + weights[at] * decay;
      let v = g + momentum[at] * mu;
      momentum[at] = v;
      weights[at] -= step * select(g + v * mu, v, plain);
    }
  }`,
  };
}

/** Bindings: gradient, table, counter, alpha, first and second moment. */
export function adam({ size }: { readonly size: number }): Program {
  return {
    bindings: [
      ...read('f32', 'gradient', 'table'),
      ...read('i32', 'counter'),
      ...write('f32', 'alpha', 'first', 'second'),
    ],
    workgroup: [64, 1],
    groups: Math.ceil(size / 64),
    body: `
  ${clockRow}
  let at = group * 64u + lane;
  if (at < ${size}u) {
    let g = gradient[at] + alpha[at] * ${rate('l2')};
    let m = first[at] * ${rate('beta1')} + g * ${rate('oneMinusBeta1')};
    let v = second[at] * ${rate('beta2')} + g * g * ${rate('oneMinusBeta2')};
    first[at] = m;
    second[at] = v;
    let root = sqrt(v * ${rate('correction2')});
    alpha[at] -= ${rate('alpha')} * (m / (root + ${rate('epsilon')}));
  }`,
  };
}

export interface TallyShape {
  readonly valid: boolean;
  readonly norm: boolean;
  /** Elements of alpha; 0 without. */
  readonly alpha: number;
}

/** Bindings: scores of the weights' batch, norm, scores of alpha's batch, alpha, totals, trail, counter. */
export function tally({ valid, norm, alpha }: TallyShape): Program {
  return {
    bindings: [
      ...read('f32', 'train'),
      ...(norm ? read('f32', 'norm') : []),
      ...(valid ? read('f32', 'valid') : []),
      ...(alpha > 0 ? read('f32', 'alpha') : []),
      ...write('f32', 'totals'),
      ...(alpha > 0 ? write('f32', 'trail') : []),
      ...write('i32', 'counter'),
    ],
    workgroup: [64, 1],
    groups: 1,
    body: `
  let step = u32(counter[0]);
  for (var at = lane; at < ${alpha}u; at += 64u) {
    ${alpha > 0 ? `trail[step * ${alpha}u + at] = alpha[at];` : ''}
  }
  // The other threads have to read the counter before.
  storageBarrier();
  workgroupBarrier();
  if (lane == 0u) {
    totals[0] += train[0];
    totals[1] += train[1];
    ${norm ? 'totals[2] += norm[0];' : ''}
    ${valid ? 'totals[3] += valid[0];\n    totals[4] += valid[1];' : ''}
    counter[0] = i32(step) + 1;
  }`,
  };
}

export interface RowsShape {
  readonly rows: number;
  readonly columns: number;
}

/** Bindings: alpha, result. */
export function softmax({ rows, columns }: RowsShape): Program {
  return {
    bindings: [...read('f32', 'alpha'), ...write('f32', 'p')],
    workgroup: [64, 1],
    groups: Math.ceil(rows / 64),
    body: `
  let row = group * 64u + lane;
  if (row < ${rows}u) {
    let start = row * ${columns}u;
    var most = alpha[start];
    for (var n = 1u; n < ${columns}u; n++) { most = max(most, alpha[start + n]); }
    var sum = 0f;
    for (var n = 0u; n < ${columns}u; n++) { sum += exp(alpha[start + n] - most); }
    for (var n = 0u; n < ${columns}u; n++) { p[start + n] = exp(alpha[start + n] - most) / sum; }
  }`,
  };
}

/** Bindings: p, its gradient, result. */
export function softmaxInput({ rows, columns }: RowsShape): Program {
  return {
    bindings: [...read('f32', 'p', 'dp'), ...write('f32', 'dAlpha')],
    workgroup: [64, 1],
    groups: Math.ceil(rows / 64),
    body: `
  let row = group * 64u + lane;
  if (row < ${rows}u) {
    let start = row * ${columns}u;
    var sum = 0f;
    for (var n = 0u; n < ${columns}u; n++) { sum += p[start + n] * dp[start + n]; }
    for (var n = 0u; n < ${columns}u; n++) { dAlpha[start + n] = p[start + n] * (dp[start + n] - sum); }
  }`,
  };
}

/** Bindings: result. */
export function zeros({ size }: { readonly size: number }): Program {
  const perThread = 4;
  return {
    bindings: write('f32', 'y'),
    workgroup: [64, 1],
    groups: Math.ceil(size / (64 * perThread)),
    body: `
  for (var n = 0u; n < ${perThread}u; n++) {
    let at = (group * ${perThread}u + n) * 64u + lane;
    if (at < ${size}u) { y[at] = 0f; }
  }`,
  };
}
