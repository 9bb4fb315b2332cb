import type { Program } from '../program';
import { tableParts, type Table } from './moments';
import { depthOf, totalHead, totalOf, widthOf } from './sum';
import { lanesOf, storage, unpacked, vector, type Stored } from './vector';

/** A table `[rows, channels]`. */
export interface Rows {
  readonly rows: number;
  readonly channels: number;
  /** Of z. */
  readonly stored: Stored;
}

export interface NormShape extends Rows {
  readonly add: boolean;
}

/** Bindings: z, moments, scale, shift, y; with `add` y holds what is added. */
export function normForward({ rows, channels, stored, add }: NormShape): Program {
  const l = lanesOf(channels);
  const [Y, vectors] = [vector(l), channels / l];
  const total = rows * vectors;
  return {
    bindings: [
      { name: 'z', access: 'r', type: storage(l, stored) },
      { name: 'moments', access: 'r', type: Y },
      { name: 'scale', access: 'r', type: Y },
      { name: 'shift', access: 'r', type: Y },
      { name: 'y', access: 'w', type: Y },
    ],
    workgroup: [64, 1],
    groups: Math.ceil(total / 64),
    body: `
  let at = group * 64u + lane;
  if (at < ${total}u) {
    let c = at % ${vectors}u;
    let v = (${unpacked('z[at]', l, stored)} - moments[c]) * (moments[${vectors}u + c] * scale[c]) + shift[c];
    y[at] = v${add ? ' + y[at]' : ''};
  }`,
  };
}

/** Bindings: z, moments, g, `[parts, 2, channels]`. */
export function normSumsParts(table: Table & Rows): Program {
  const { rows, channels, stored } = table;
  const { parts } = tableParts(table);
  const l = lanesOf(channels);
  const [Y, vectors] = [vector(l), channels / l];
  return {
    bindings: [
      { name: 'z', access: 'r', type: storage(l, stored) },
      { name: 'moments', access: 'r', type: Y },
      { name: 'g', access: 'r', type: Y },
      { name: 'parts', access: 'w', type: Y },
    ],
    workgroup: [64, 1],
    groups: Math.ceil((parts * vectors) / 64),
    body: `
  let thread = group * 64u + lane;
  let c = thread % ${vectors}u;
  let part = thread / ${vectors}u;
  if (part < ${parts}u) {
    let mean = moments[c];
    var sum = ${Y}();
    var product = ${Y}();
    for (var row = part; row < ${rows}u; row += ${parts}u) {
      let v = g[row * ${vectors}u + c];
      sum += v;
      product += v * (${unpacked(`z[row * ${vectors}u + c]`, l, stored)} - mean);
    }
    parts[part * ${2 * vectors}u + c] = sum;
    parts[part * ${2 * vectors}u + ${vectors}u + c] = product * moments[${vectors}u + c];
  }`,
  };
}

export interface NormSumsShape {
  readonly channels: number;
  readonly parts: number;
  /** True: the sums are also written to the gradients of shift and scale. */
  readonly into: boolean;
}

/** Bindings: `[parts, 2, channels]`, `[2, channels]`; with `into` gradients of shift and scale. */
export function normSumsSum({ channels, parts, into }: NormSumsShape): Program {
  const l = lanesOf(channels);
  const [Y, vectors] = [vector(l), channels / l];
  const depth = depthOf(parts);
  const width = widthOf(depth);
  const copies = `
    if (at < ${vectors}u) { shift[at] = sum; } else { scale[at - ${vectors}u] = sum; }`;
  return {
    bindings: [
      { name: 'parts', access: 'r', type: Y },
      { name: 'sums', access: 'w', type: Y },
      ...(into
        ? [
            { name: 'shift', access: 'w' as const, type: Y },
            { name: 'scale', access: 'w' as const, type: Y },
          ]
        : []),
    ],
    workgroup: [width, depth],
    groups: Math.ceil((2 * vectors) / width),
    head: totalHead(Y, depth, ['shares']),
    body: `
  let at = group * ${width}u + local.x;
  var sum = ${Y}();
  for (var part = local.y; part < ${parts}u; part += ${depth}u) {
    sum += parts[part * ${2 * vectors}u + at];
  }
${totalOf('sum', 'shares', depth)}
  if (local.y == 0u && at < ${2 * vectors}u) {
    sums[at] = sum;${into ? copies : ''}
  }`,
  };
}

/** Bindings: z, moments, scale, sums, g, dz. */
export function normInput({ rows, channels, stored }: Rows): Program {
  const l = lanesOf(channels);
  const [Y, vectors] = [vector(l), channels / l];
  const total = rows * vectors;
  return {
    bindings: [
      { name: 'z', access: 'r', type: storage(l, stored) },
      ...['moments', 'scale', 'sums', 'g'].map((name) => ({
        name,
        access: 'r' as const,
        type: Y,
      })),
      { name: 'dz', access: 'w', type: Y },
    ],
    workgroup: [64, 1],
    groups: Math.ceil(total / 64),
    body: `
  let at = group * 64u + lane;
  if (at < ${total}u) {
    let c = at % ${vectors}u;
    let inverse = moments[${vectors}u + c];
    let normalised = (${unpacked('z[at]', l, stored)} - moments[c]) * inverse;
    let mean = sums[c] * ${1 / rows}f;
    let product = sums[${vectors}u + c] * ${1 / rows}f;
    dz[at] = scale[c] * inverse * (g[at] - mean - normalised * product);
  }`,
  };
}
