import type { Program } from '../program';
import {
  momentBindings,
  momentOf,
  nodeBindings,
  pixelsOf,
  poolOf,
  zBindings,
  zOf,
  type MixShape,
} from './mixture';
import { runPlace } from './run';
import { partsOf, type Parts } from './sum';
import { across, lanesOf, lines, vector } from './vector';

export interface MixSumsShape extends MixShape {
  /** True: products with x and its pool are summed too, for the gradient of p. */
  readonly wantP: boolean;
  /** Threads that keep the device busy. */
  readonly threads: number;
}

/** Sums for each edge: dy, dy times each normalised z, and for p those with x and with its pool. */
function quantities({ convs, skip, pool, wantP }: MixSumsShape): number {
  return 1 + convs.length + (wantP ? Number(skip !== null) + Number(pool !== null) : 0);
}

function sumParts(shape: MixSumsShape): Parts {
  const { channels, run, threads } = shape;
  return partsOf(pixelsOf(shape) / run, channels / lanesOf(channels), threads);
}

export function mixSumsPartsSize(shape: MixSumsShape): number {
  return sumParts(shape).parts * quantities(shape) * shape.edges * shape.channels;
}

/** Bindings: moments, z of each convolution, dys, `[parts, quantities, edges, channels]`, and x for p. */
export function mixSumsParts(shape: MixSumsShape): Program {
  const { channels, run, edges, skip, pool, convs, wantP } = shape;
  const l = lanesOf(channels);
  const [X, vectors] = [vector(l), channels / l];
  const { parts } = sumParts(shape);
  const count = quantities(shape);
  const skipAt = 1 + convs.length;
  const poolAt = skipAt + Number(skip !== null);
  const pixel = (e: number, t: number): string => {
    const at = `(pixel + ${t}u) * ${vectors}u + c`;
    const wide = `((pixel + ${t}u) * ${edges}u + ${e}u) * ${vectors}u + c`;
    return `
      {
        let g = dy${e}[${at}];
        s${e}_0 += g;
        ${convs
          .map((_, j) => `s${e}_${1 + j} += g * (${zOf(shape, j, wide)} - mean${e}_${j});`)
          .join('\n        ')}
        ${wantP && skip ? `s${e}_${skipAt} += g * x[${at}];` : ''}
        ${wantP && pool ? `s${e}_${poolAt} += g * pool${t};` : ''}
      }`;
  };
  const start = (e: number) => `
${lines(count, (q) => `    var s${e}_${q} = ${X}();`)}
${lines(convs.length, (j) => `    let mean${e}_${j} = ${momentOf(shape, j, e, 0)};`)}`;
  const end = (e: number) =>
    lines(count, (q) => {
      const gain = q > 0 && q < skipAt ? ` * ${momentOf(shape, q - 1, e, 1)}` : '';
      return `    parts[((part * ${count}u + ${q}u) * ${edges}u + ${e}u) * ${vectors}u + c] = s${e}_${q}${gain};`;
    });
  return {
    bindings: [
      ...momentBindings(shape, X),
      ...zBindings(shape, [...convs.keys()]),
      ...nodeBindings(shape, 'dy', 'r', X),
      { name: 'parts', access: 'w', type: X },
      ...(wantP ? [{ name: 'x', access: 'r' as const, type: X }] : []),
    ],
    workgroup: [64, 1],
    groups: Math.ceil((parts * vectors) / 64),
    body: `
  let thread = group * 64u + lane;
  let c = thread % ${vectors}u;
  let part = thread / ${vectors}u;
  if (part < ${parts}u) {
${lines(edges, start)}
    for (var run = part; run < ${pixelsOf(shape) / run}u; run += ${parts}u) {
${runPlace(shape, run)}
${wantP && pool ? poolOf(shape) : ''}
${lines(edges, (e) => lines(run, (t) => pixel(e, t)))}
    }
${lines(edges, end)}
  }`,
  };
}

/** Bindings: `[parts, quantities, edges, channels]`, sums `[1 + convs, edges, channels]`, for p dp. */
export function mixSumsSum(shape: MixSumsShape): Program {
  const { channels, edges, skip, pool, convs, wantP } = shape;
  const l = lanesOf(channels);
  const [X, vectors] = [vector(l), channels / l];
  const { parts } = sumParts(shape);
  const count = quantities(shape);
  const kept = 1 + convs.length;
  const entries = [...convs, ...[skip, pool].filter((places) => places !== null)];
  // A workgroup for each edge and quantity, whose channels are summed for p.
  const lanes = Math.min(vectors, 32);
  const depth = parts > 128 ? Math.max(1, Math.floor(128 / lanes)) : 1;
  const list = entries.flatMap((row) => row.map((place) => `${place}u`));
  const places = `array<u32, ${list.length}>(${list.join(', ')})`;
  const dp = `
  if (q > 0u && lane == 0u) {
    var all = channel;
    for (var n = 1u; n < ${lanes}u; n++) { all += sums[n]; }
    var places = ${places};
    dp[places[(q - 1u) * ${edges}u + e]] += ${across('all', l)};
  }`;
  const alone = lanes * depth === 1;
  return {
    bindings: [
      { name: 'parts', access: 'r', type: X },
      { name: 'into', access: 'w', type: X },
      ...(wantP ? [{ name: 'dp', access: 'w' as const, type: 'f32' }] : []),
    ],
    workgroup: [lanes, depth],
    groups: count * edges,
    head: `var<workgroup> sums: array<${X}, ${lanes * depth}>;`,
    body: `
  let e = group % ${edges}u;
  let q = group / ${edges}u;
  var channel = ${X}();
  for (var first = 0u; first < ${vectors}u; first += ${lanes}u) {
    let c = first + local.x;
    var sum = ${X}();
    if (c < ${vectors}u) {
      for (var part = local.y; part < ${parts}u; part += ${depth}u) {
        sum += parts[(part * ${count * edges}u + group) * ${vectors}u + c];
      }
    }
    ${depth > 1 ? 'sums[lane] = sum;\n    workgroupBarrier();' : ''}
    if (local.y == 0u && c < ${vectors}u) {
      for (var y = 1u; y < ${depth}u; y++) { sum += sums[y * ${lanes}u + local.x]; }
      if (q < ${kept}u) { into[group * ${vectors}u + c] = sum; }
      channel += sum;
    }
    ${depth > 1 ? 'workgroupBarrier();' : ''}
  }
  ${alone ? '' : 'if (local.y == 0u) { sums[local.x] = channel; }\n  workgroupBarrier();'}
${wantP && entries.length > 0 ? dp : ''}`,
  };
}
