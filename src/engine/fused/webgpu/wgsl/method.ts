import { LEAST_SHARE } from '../../method';
import type { Program } from '../program';
import { clockRow, rate, read, write, type RowsShape } from './optimiser';

/** Bindings: table, counter, result. */
export function noiseRow({ width }: { readonly width: number }): Program {
  return {
    bindings: [...read('f32', 'table'), ...read('i32', 'counter'), ...write('f32', 'row')],
    workgroup: [64, 1],
    groups: Math.ceil(width / 64),
    body: `
  let at = group * 64u + lane;
  if (at < ${width}u) { row[at] = table[u32(counter[0]) * ${width}u + at]; }`,
  };
}

/** Bindings: gradient, table, counter, alpha. */
export function exponentiate({ rows, columns }: RowsShape): Program {
  return {
    bindings: [
      ...read('f32', 'gradient', 'table'),
      ...read('i32', 'counter'),
      ...write('f32', 'alpha'),
    ],
    workgroup: [64, 1],
    groups: Math.ceil(rows / 64),
    body: `
  ${clockRow}
  let edge = group * 64u + lane;
  if (edge < ${rows}u) {
    let start = edge * ${columns}u;
    var most = alpha[start];
    for (var n = 1u; n < ${columns}u; n++) { most = max(most, alpha[start + n]); }
    var sum = 0f;
    for (var n = 0u; n < ${columns}u; n++) { sum += exp(alpha[start + n] - most); }
    var moved: array<f32, ${columns}>;
    var total = 0f;
    for (var n = 0u; n < ${columns}u; n++) {
      let share = exp(alpha[start + n] - most - ${rate('alpha')} * gradient[start + n]) / sum;
      moved[n] = max(share, ${LEAST_SHARE}f);
      total += moved[n];
    }
    for (var n = 0u; n < ${columns}u; n++) { alpha[start + n] = log(moved[n] / total); }
  }`,
  };
}

/** Bindings: alpha, draws, p, q. */
export function gumbel({ rows, columns }: RowsShape): Program {
  return {
    bindings: [...read('f32', 'alpha', 'draws'), ...write('f32', 'p', 'q')],
    workgroup: [64, 1],
    groups: Math.ceil(rows / 64),
    body: `
  let edge = group * 64u + lane;
  if (edge < ${rows}u) {
    let start = edge * ${columns}u;
    var scores: array<f32, ${columns}>;
    var best = 0u;
    for (var n = 0u; n < ${columns}u; n++) {
      scores[n] = (alpha[start + n] + draws[1u + start + n]) / draws[0];
      if (scores[n] > scores[best]) { best = n; }
    }
    let most = scores[best];
    var sum = 0f;
    for (var n = 0u; n < ${columns}u; n++) { sum += exp(scores[n] - most); }
    for (var n = 0u; n < ${columns}u; n++) {
      q[start + n] = exp(scores[n] - most) / sum;
      p[start + n] = select(0f, 1f, n == best);
    }
  }`,
  };
}

/** Bindings: q, p, gradient of p, shifts, draws, result. */
export function gumbelInput({ rows, columns }: RowsShape): Program {
  return {
    bindings: [...read('f32', 'q', 'p', 'dp', 'shifts', 'draws'), ...write('f32', 'dAlpha')],
    workgroup: [64, 1],
    groups: Math.ceil(rows / 64),
    body: `
  let edge = group * 64u + lane;
  if (edge < ${rows}u) {
    let start = edge * ${columns}u;
    var slopes: array<f32, ${columns}>;
    var mean = 0f;
    for (var n = 0u; n < ${columns}u; n++) {
      slopes[n] = select(shifts[edge], dp[start + n], p[start + n] == 1f);
      mean += q[start + n] * slopes[n];
    }
    for (var n = 0u; n < ${columns}u; n++) {
      dAlpha[start + n] = q[start + n] * (slopes[n] - mean) / draws[0];
    }
  }`,
  };
}

/** Bindings: sums, shifts. */
export function addShifts({
  edges,
  channels,
}: {
  readonly edges: readonly number[];
  readonly channels: number;
}): Program {
  const count = edges.length;
  return {
    bindings: [...read('f32', 'sums'), ...write('f32', 'shifts')],
    workgroup: [64, 1],
    groups: 1,
    body: `
  var places = array<u32, ${count}>(${edges.map((edge) => `${edge}u`).join(', ')});
  if (lane < ${count}u) {
    var sum = 0f;
    for (var c = 0u; c < ${channels}u; c++) { sum += sums[lane * ${channels}u + c]; }
    shifts[places[lane]] += sum;
  }`,
  };
}
