import type { Program } from '../program';
import { drawnOf, type DrawnPlaces } from './drawn';
import { lanesOf, lines, part, vector } from './vector';

/** Filter gradients of convolutions of one x. */
export interface ConvFilterShape {
  readonly batch: number;
  /** Of x. */
  readonly height: number;
  readonly width: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly sizes: readonly number[];
  readonly stride: number;
  readonly relu: boolean;
  /** Parts in which the rows of pixels are summed. */
  readonly chunks: number;
  /** What is left out has a gradient of 0; null: nothing is. */
  readonly drawn: DrawnPlaces | null;
  /**
   * True: neighbouring threads have one edge, so that none of a few waits for another whose edge is not
   * left out. False: they have neighbouring outputs, whose gradients a GPU reads together.
   */
  readonly byEdge: boolean;
}

/** Enough chunks to keep `threads` busy, of at least 64 pixels each. */
export function filterChunks(shape: Omit<ConvFilterShape, 'chunks'>, threads: number): number {
  const { batch, inputs, outputs, sizes, stride } = shape;
  const [height, width] = [shape.height / stride, shape.width / stride];
  const rows = sizes.reduce((sum, size) => sum + size, 0);
  const tiles = (rows * inputs * outputs) / (lanesOf(inputs) * lanesOf(outputs));
  const wanted = Math.ceil(threads / tiles);
  const most = Math.ceil((batch * height * width) / 64);
  // A chunk is made of whole rows.
  return Math.max(1, Math.min(wanted, most, batch * height));
}

/** Vectors of all filters together. */
function filterVectors({ inputs, outputs, sizes }: ConvFilterShape): number {
  const taps = sizes.reduce((sum, size) => sum + size * size, 0);
  return (taps * inputs * outputs) / lanesOf(outputs);
}

export function filterPartsSize(shape: ConvFilterShape): number {
  return shape.chunks * filterVectors(shape) * lanesOf(shape.outputs);
}

/**
 * Bindings: x, the gradients of the results, `[chunks, filters]`, p if something may be left out. A
 * thread sums one row of taps for one vector of inputs and one of outputs over a chunk's pixels.
 */
export function convFilterParts(shape: ConvFilterShape): Program {
  const { batch, inputs, outputs, sizes, stride, relu, chunks, drawn, byEdge } = shape;
  const [iv, ov] = [lanesOf(inputs), lanesOf(outputs)];
  const [X, Y] = [vector(iv), vector(ov)];
  const [IV, OV] = [inputs / iv, outputs / ov];
  const [height, width] = [shape.height / stride, shape.width / stride];
  const tapRows = sizes.reduce((sum, size) => sum + size, 0);
  const threads = OV * IV * chunks * tapRows;
  const chunkRows = Math.ceil((batch * height) / chunks);

  const load = (column: string, inside: string | null) => {
    const place = `x[(base + u32(${column})) * ${IV}u + i]`;
    const value = relu ? `max(${place}, ${X}())` : place;
    return inside ? `select(${X}(), ${value}, ${inside})` : value;
  };
  const filter = (size: number, j: number) => {
    const pad = (size - 1) / 2;
    const before = sizes.slice(0, j);
    const firstRow = before.reduce((sum, n) => sum + n, 0);
    const firstTap = before.reduce((sum, n) => sum + n * n, 0);
    // Columns that the next pixel needs too are handed on.
    const handed = Math.max(0, size - stride);
    const column = (kx: number) => `i32(ox) * ${stride} + ${kx - pad}`;
    const fresh = lines(size - handed, (n) => {
      const kx = handed + n;
      const inside = kx === pad ? null : `${column(kx)} >= 0 && ${column(kx)} < ${shape.width}`;
      return `v${kx} = ${load(column(kx), inside)};`;
    });
    const sums = lines(size, (kx) =>
      lines(iv, (c) => `a${kx}_${c} += ${part(`v${kx}`, iv, c)} * g;`),
    );
    const shift = lines(handed, (kx) => `v${kx} = v${kx + stride};`);
    const first = lines(handed, (kx) =>
      kx < pad ? `v${kx} = ${X}();` : `v${kx} = ${load(`${kx - pad}`, null)};`,
    );
    return `
  if (tapRow >= ${firstRow}u && tapRow < ${firstRow + size}u) {
    let ky = tapRow - ${firstRow}u;
${lines(size, (kx) => lines(iv, (c) => `    var a${kx}_${c} = ${Y}();`))}
${lines(size, (kx) => `    var v${kx} = ${X}();`)}
    for (var line = start; drawn${j} && line < end; line++) {
      let y = i32(line % ${height}u) * ${stride} + i32(ky) - ${pad};
      if (y < 0 || y >= ${shape.height}) { continue; }
      let base = ((line / ${height}u) * ${shape.height}u + u32(y)) * ${shape.width}u;
      ${first}
      for (var ox = 0u; ox < ${width}u; ox++) {
        let g = dz${j}[(line * ${width}u + ox) * ${OV}u + o];
        ${fresh}
        ${sums}
        ${shift}
      }
    }
    let tap = ${firstTap}u + ky * ${size}u;
${lines(size, (kx) =>
  lines(
    iv,
    (c) =>
      `    parts[((chunk * ${filterVectors(shape) / (inputs * OV)}u + tap + ${kx}u) * ${inputs}u + i * ${iv}u + ${c}u) * ${OV}u + o] = a${kx}_${c};`,
  ),
)}
  }`;
  };
  const places = byEdge
    ? `
  let i = thread % ${IV}u;
  let chunk = (thread / ${IV}u) % ${chunks}u;
  let o = (thread / ${IV * chunks}u) % ${OV}u;`
    : `
  let o = thread % ${OV}u;
  let i = (thread / ${OV}u) % ${IV}u;
  let chunk = (thread / ${OV * IV}u) % ${chunks}u;`;
  return {
    bindings: [
      { name: 'x', access: 'r', type: X },
      ...sizes.map((_, j) => ({ name: `dz${j}`, access: 'r' as const, type: Y })),
      { name: 'parts', access: 'w', type: Y },
      ...(drawn ? [{ name: 'p', access: 'r' as const, type: 'f32' }] : []),
    ],
    workgroup: [64, 1],
    groups: Math.ceil(threads / 64),
    body: `
  let thread = group * 64u + lane;
${places}
${drawnOf(drawn, sizes.length, OV)}
  let tapRow = thread / ${OV * IV * chunks}u;
  let start = min(chunk * ${chunkRows}u, ${batch * height}u);
  let end = min(start + ${chunkRows}u, ${batch * height}u);
${sizes.map(filter).join('')}`,
  };
}

/** Bindings: `[chunks, filters]`, the filter gradients. */
export function convFilterSum(shape: ConvFilterShape): Program {
  const { inputs, outputs, sizes, chunks } = shape;
  const ov = lanesOf(outputs);
  const Y = vector(ov);
  const total = filterVectors(shape);
  const depth = Math.max(1, Math.min(16, Math.ceil(chunks / 4)));
  const width = 16;
  let first = 0;
  const stores = sizes.map((size, j) => {
    const start = first;
    first += (size * size * inputs * outputs) / ov;
    return `    if (at >= ${start}u && at < ${first}u) { into${j}[at - ${start}u] = sum; }`;
  });
  const merge = `
  sums[lane] = sum;
  workgroupBarrier();
  if (local.y == 0u) {
    for (var y = 1u; y < ${depth}u; y++) { sum += sums[y * ${width}u + local.x]; }
  }`;
  return {
    bindings: [
      { name: 'parts', access: 'r', type: Y },
      ...sizes.map((_, j) => ({ name: `into${j}`, access: 'w' as const, type: Y })),
    ],
    workgroup: [width, depth],
    groups: Math.ceil(total / width),
    head: depth > 1 ? `var<workgroup> sums: array<${Y}, ${width * depth}>;` : '',
    body: `
  let at = group * ${width}u + local.x;
  var sum = ${Y}();
  if (at < ${total}u) {
    for (var chunk = local.y; chunk < ${chunks}u; chunk += ${depth}u) {
      sum += parts[chunk * ${total}u + at];
    }
  }
${depth > 1 ? merge : ''}
  if (local.y == 0u) {
${stores.join('\n')}
  }`,
  };
}
