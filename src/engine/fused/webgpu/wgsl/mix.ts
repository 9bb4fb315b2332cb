import type { Binding, Program } from '../program';
import { momentsStride } from './moments';
import { partsOf, type Parts } from './sum';
import { runPlace, type Images } from './run';
import { across, lanesOf, lines, storage, unpacked, vector, type Stored } from './vector';
import { windowCount, windowOf, type WindowShape } from './window';

/** The mixtures on the edges that leave one node. Entries are places in p, by edge. */
export interface MixShape extends Images {
  readonly run: number;
  readonly edges: number;
  readonly skip: readonly number[] | null;
  readonly pool: readonly number[] | null;
  readonly stored: Stored;
  /** By convolution. */
  readonly convs: readonly (readonly number[])[];
}

/** One binding for the moments of all convolutions; see {@link momentsStride}. */
function momentBindings({ convs }: MixShape, type: string): Binding[] {
  return convs.length > 0 ? [{ name: 'moments', access: 'r', type }] : [];
}

function zBindings({ channels, stored }: MixShape, which: readonly number[]): Binding[] {
  const type = storage(lanesOf(channels), stored);
  return which.map((j) => ({ name: `z${j}`, access: 'r', type }));
}

function nodeBindings({ edges }: MixShape, name: string, access: 'r' | 'w', type: string) {
  return Array.from({ length: edges }, (_, e): Binding => ({ name: `${name}${e}`, access, type }));
}

/** Mean (`row` 0) or inverse deviation (1) of convolution j on edge e at vector `c`. */
function momentOf({ edges, channels }: MixShape, j: number, e: number, row: 0 | 1): string {
  const lanes = lanesOf(channels);
  const first = (j * momentsStride(edges * channels)) / lanes;
  return `moments[${first + ((row * edges + e) * channels) / lanes}u + c]`;
}

/** z of a convolution at a place. */
function zOf({ channels, stored }: MixShape, j: number, place: string): string {
  return unpacked(`z${j}[${place}]`, lanesOf(channels), stored);
}

function pixelsOf({ batch, height, width }: Images): number {
  return batch * height * width;
}

function windowShape({ height, width, channels, run }: MixShape): WindowShape {
  const lanes = lanesOf(channels);
  return { height, width, run, vectors: channels / lanes, lanes };
}

/** Declares `pool0`, `pool1`, ...: the average pool of x at the run's pixels. */
function poolOf(shape: MixShape): string {
  const window = windowShape(shape);
  const X = vector(window.lanes);
  return `
${lines(shape.run, (t) => `    var pool${t} = ${X}();`)}
${windowOf(
  window,
  (index) => `x[${index}]`,
  (v, dx) =>
    lines(shape.run, (t) => (Math.abs(t - dx) <= 1 ? `pool${t} += ${v};` : '')).replaceAll(
      '\n',
      '',
    ),
)}
${lines(shape.run, (t) => `    pool${t} = pool${t} / ${windowCount(window, t, '0')};`)}`;
}

/** Bindings: x, p, moments, z of each convolution, the later nodes. @param shape `add`: which of the nodes hold something already */
export function mixForward(shape: MixShape & { readonly add: readonly boolean[] }): Program {
  const { channels, run, edges, skip, pool, convs, add } = shape;
  const lanes = lanesOf(channels);
  const [X, vectors] = [vector(lanes), channels / lanes];
  const threads = (pixelsOf(shape) / run) * vectors;
  const edge = (e: number): string => {
    const coefficients = convs.map(
      (entries, j) => `
      let gain${j} = p[${entries[e]!}] * ${momentOf(shape, j, e, 1)};
      let mean${j} = ${momentOf(shape, j, e, 0)};`,
    );
    const pixel = (t: number): string => {
      const at = `(pixel + ${t}u) * ${vectors}u + c`;
      const wide = `((pixel + ${t}u) * ${edges}u + ${e}u) * ${vectors}u + c`;
      const terms = [
        ...(add[e] ? [`node${e}[${at}]`] : []),
        ...convs.map((_, j) => `gain${j} * (${zOf(shape, j, wide)} - mean${j})`),
        ...(skip ? [`p[${skip[e]!}] * x[${at}]`] : []),
        ...(pool ? [`p[${pool[e]!}] * pool${t}`] : []),
      ];
      return `      node${e}[${at}] = ${terms.length > 0 ? terms.join(' + ') : `${X}()`};`;
    };
    return `
    {${coefficients.join('')}
${lines(run, pixel)}
    }`;
  };
  return {
    bindings: [
      { name: 'x', access: 'r', type: X },
      { name: 'p', access: 'r', type: 'f32' },
      ...momentBindings(shape, X),
      ...zBindings(shape, [...convs.keys()]),
      ...nodeBindings(shape, 'node', 'w', X),
    ],
    workgroup: [64, 1],
    groups: Math.ceil(threads / 64),
    body: `
  let thread = group * 64u + lane;
  let c = thread % ${vectors}u;
  let run = thread / ${vectors}u;
${runPlace(shape, run)}
  if (live) {
${pool ? poolOf(shape) : ''}
${lines(edges, edge)}
  }`,
  };
}

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

export interface MixConvsShape extends MixShape {
  /** Pixels that a thread looks at. */
  readonly perThread: number;
  /** Convolutions whose gradients are wanted. */
  readonly which: readonly number[];
}

/** Bindings: p, sums, moments of all convolutions, z of the wanted ones, dys, dz of the wanted ones. */
export function mixConvs(shape: MixConvsShape): Program {
  const { channels, edges, convs, perThread, which } = shape;
  const l = lanesOf(channels);
  const [X, vectors] = [vector(l), channels / l];
  const pixels = pixelsOf(shape);
  const columns = edges * vectors;
  const starts = Math.ceil(pixels / perThread);
  const threads = starts * columns;
  const edge = (e: number): string => `
    case ${e}u: {
${which
  .map(
    (j) => `
      let inverse${j} = ${momentOf(shape, j, e, 1)};
      let gain${j} = p[${convs[j]![e]!}] * inverse${j};
      let slope${j} = -gain${j} * inverse${j} * sums[${((1 + j) * edges + e) * vectors}u + c] * ${1 / pixels}f;
      let middle${j} = -gain${j} * sums[${e * vectors}u + c] * ${1 / pixels}f;
      let mean${j} = ${momentOf(shape, j, e, 0)};`,
  )
  .join('')}
      for (var n = 0u; n < ${perThread}u; n++) {
        let pixel = start + n * ${starts}u;
        if (pixel < ${pixels}u) {
          let g = dy${e}[pixel * ${vectors}u + c];
          let at = (pixel * ${edges}u + ${e}u) * ${vectors}u + c;
${which
  .map(
    (j) =>
      `dz${j}[at] = gain${j} * g + (slope${j} * (${zOf(shape, j, 'at')} - mean${j}) + middle${j});`,
  )
  .join('\n')}
        }
      }
    }`;
  return {
    bindings: [
      { name: 'p', access: 'r', type: 'f32' },
      { name: 'sums', access: 'r', type: X },
      ...momentBindings(shape, X),
      ...zBindings(shape, which),
      ...nodeBindings(shape, 'dy', 'r', X),
      ...which.map((j): Binding => ({ name: `dz${j}`, access: 'w', type: X })),
    ],
    workgroup: [64, 1],
    groups: Math.ceil(threads / 64),
    body: `
  let thread = group * 64u + lane;
  let c = thread % ${vectors}u;
  let start = (thread / ${vectors}u) % ${starts}u;
  if (thread < ${threads}u) {
    switch thread / ${starts * vectors}u {${lines(edges, edge)}
    default: {}
    }
  }`,
  };
}
