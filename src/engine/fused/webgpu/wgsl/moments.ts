import { EPSILON, TRACKING } from '../../norm-constants';
import type { Program } from '../program';
import { depthOf, partsOf, totalHead, totalOf, widthOf } from './sum';
import { lanesOf, vector } from './vector';

/*
 * Means and variances go in two passes: each part's mean and sum of squared deviations, then those of
 * all parts merged. One difference of large sums would lose digits where the mean is large.
 */

/** Rows of the parts that {@link momentsSum} merges. Rows come in units, runs of pixels for instance. */
export interface PartRows {
  readonly parts: number;
  readonly units: number;
  /** Rows of a unit. */
  readonly unit: number;
  /** Units of a part where parts are blocks of neighbouring units; null: unit u is in u mod parts. */
  readonly block: number | null;
}

/** Code for the rows of `part`, as a f32. */
function rowsOfPart({ parts, units, unit, block }: PartRows): string {
  const count =
    block === null
      ? `(${units + parts - 1}u - part) / ${parts}u`
      : `min(${block}u, ${units}u - part * ${block}u)`;
  return `f32(${unit}u * (${count}))`;
}

/** Elements from the moments of one table to those of the next; each may be bound by itself. */
export function momentsStride(channels: number): number {
  return Math.ceil((2 * channels) / 64) * 64;
}

/** A table `[rows, channels]`, summed by so many `threads`. */
export interface Table {
  readonly rows: number;
  readonly channels: number;
  readonly threads: number;
}

export function tableParts({ rows, channels, threads }: Table): PartRows {
  const { parts } = partsOf(rows, channels / lanesOf(channels), threads);
  return { parts, units: rows, unit: 1, block: null };
}

/** Bindings: z, `[1, parts, 2, channels]` of means and sums of squared deviations. */
export function momentsParts(table: Table): Program {
  const { rows, channels } = table;
  const l = lanesOf(channels);
  const [Y, vectors] = [vector(l), channels / l];
  const partRows = tableParts(table);
  const { parts } = partRows;
  return {
    bindings: [
      { name: 'z', access: 'r', type: Y },
      { name: 'parts', access: 'w', type: Y },
    ],
    workgroup: [64, 1],
    groups: Math.ceil((parts * vectors) / 64),
    body: `
  let thread = group * 64u + lane;
  let c = thread % ${vectors}u;
  let part = thread / ${vectors}u;
  if (part < ${parts}u) {
    // Deviations from the first value, which is as near to the mean as the others.
    let first = z[thread];
    var sum = ${Y}();
    var square = ${Y}();
    for (var row = part; row < ${rows}u; row += ${parts}u) {
      let d = z[row * ${vectors}u + c] - first;
      sum += d;
      square += d * d;
    }
    let mean = sum / ${rowsOfPart(partRows)};
    parts[part * ${2 * vectors}u + c] = first + mean;
    parts[part * ${2 * vectors}u + ${vectors}u + c] = square - sum * mean;
  }`,
  };
}

export interface MomentsShape {
  /** Number of tables. */
  readonly tables: number;
  readonly channels: number;
  readonly rows: PartRows;
}

/**
 * Bindings: `[tables, parts, 2, channels]` of means and sums of squared deviations; for each table,
 * at its {@link momentsStride}, `[2, channels]` of means and 1 / standard deviations.
 */
export function momentsSum({ tables, channels, rows }: MomentsShape): Program {
  const { parts, units, unit } = rows;
  const l = lanesOf(channels);
  const [Y, vectors] = [vector(l), channels / l];
  const depth = depthOf(parts);
  const width = widthOf(depth);
  const loop = (code: string) => `
  for (var part = local.y; part < ${parts}u; part += ${depth}u) {
    let count = ${rowsOfPart(rows)};
    let at = (table * ${parts}u + part) * ${2 * vectors}u + c;
    ${code}
  }`;
  return {
    bindings: [
      { name: 'parts', access: 'r', type: Y },
      { name: 'moments', access: 'w', type: Y },
    ],
    workgroup: [width, depth],
    groups: Math.ceil((tables * vectors) / width),
    head: totalHead(Y, depth, ['sums', 'squares']),
    body: `
  let thread = group * ${width}u + local.x;
  let c = thread % ${vectors}u;
  let table = min(thread / ${vectors}u, ${tables - 1}u);
  var sum = ${Y}();${loop('sum += count * parts[at];')}
${totalOf('sum', 'sums', depth)}
  let mean = sum / ${units * unit}f;
  var square = ${Y}();${loop(
    `let d = parts[at] - mean; square += parts[at + ${vectors}u] + count * d * d;`,
  )}
${totalOf('square', 'squares', depth)}
  if (local.y == 0u && thread < ${tables * vectors}u) {
    let into = table * ${momentsStride(channels) / l}u + c;
    moments[into] = mean;
    moments[into + ${vectors}u] = 1f / sqrt(square / ${units * unit}f + ${EPSILON}f);
  }`,
  };
}

export interface TrackShape {
  readonly channels: number;
  /** Rows of the batch. */
  readonly rows: number;
}

/** Bindings: moments, running statistics. */
export function track({ channels, rows }: TrackShape): Program {
  const join = (place: string, value: string) =>
    `running[${place}] = ${1 - TRACKING}f * running[${place}] + ${TRACKING}f * ${value};`;
  return {
    bindings: [
      { name: 'moments', access: 'r', type: 'f32' },
      { name: 'running', access: 'w', type: 'f32' },
    ],
    workgroup: [64, 1],
    groups: Math.ceil(channels / 64),
    body: `
  let c = group * 64u + lane;
  if (c < ${channels}u) {
    let inverse = moments[${channels}u + c];
    // Rounding may leave a channel without deviation a variance just below zero.
    let variance = max(0f, 1f / (inverse * inverse) - ${EPSILON}f);
    ${join('c', 'moments[c]')}
    ${join(`${channels}u + c`, `(variance * ${rows / (rows - 1)}f)`)}
  }`,
  };
}

/** Bindings: moments of each table; all of them at their strides. */
export function momentsPack({ tables, channels }: { tables: number; channels: number }): Program {
  const threads = tables * 2 * channels;
  const cases = Array.from(
    { length: tables },
    (_, j) => `case ${j}u: { moments[into] = moments${j}[origin]; }`,
  );
  return {
    bindings: [
      ...Array.from({ length: tables }, (_, j) => ({
        name: `moments${j}`,
        access: 'r' as const,
        type: 'f32',
      })),
      { name: 'moments', access: 'w', type: 'f32' },
    ],
    workgroup: [64, 1],
    groups: Math.ceil(threads / 64),
    body: `
  let at = group * 64u + lane;
  if (at < ${threads}u) {
    let origin = at % ${2 * channels}u;
    let table = at / ${2 * channels}u;
    let into = table * ${momentsStride(channels)}u + origin;
    switch table {
      ${cases.join('\n      ')}
      default: {}
    }
  }`,
  };
}
