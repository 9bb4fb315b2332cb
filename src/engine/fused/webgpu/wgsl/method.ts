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
