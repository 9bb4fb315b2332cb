import type { Program } from '../program';
import type { PartRows } from './moments';
import { drawnOf, type DrawnPlaces } from './drawn';
import { runPlace } from './run';
import { lanesOf, lines, packed, part, storage, unpacked, vector, type Stored } from './vector';

/** Convolutions of one x with filters of `sizes`, all of as many outputs. */
export interface ConvShape {
  readonly batch: number;
  /** Of x. */
  readonly height: number;
  readonly width: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly sizes: readonly number[];
  readonly stride: number;
  readonly relu: boolean;
  /**
   * Means and sums of squared deviations: none; of the pixels of each thread, of which there are so
   * few that each has many; or of the pixels of each workgroup, by way of its shared memory.
   */
  readonly statistics: 'none' | 'thread' | 'workgroup';
  readonly stored: Stored;
  /** Pixels of a thread at one time. */
  readonly run: number;
  /** Threads for each vector of outputs. */
  readonly threads: number;
  /** What is left out is 0; null: nothing is. */
  readonly drawn: DrawnPlaces | null;
}

function runsOf({ batch, height, width, stride, run }: ConvShape): number {
  return (batch * height * width) / (stride * stride * run);
}

/** Vectors of outputs of a workgroup, a thread for each, and runs of pixels. */
function workgroupOf(shape: ConvShape): { lanes: number; blocks: number; depth: number } {
  const vectors = shape.outputs / lanesOf(shape.outputs);
  const blocks = Math.ceil(vectors / 64);
  const lanes = Math.ceil(vectors / blocks);
  return { lanes, blocks, depth: Math.max(1, Math.min(Math.floor(128 / lanes), runsOf(shape))) };
}

/** How the pixels are shared out among the parts of the statistics. */
export function convParts(shape: ConvShape): PartRows {
  const [units, unit] = [runsOf(shape), shape.run];
  if (shape.statistics !== 'workgroup') {
    return { parts: Math.min(shape.threads, units), units, unit, block: null };
  }
  const { depth } = workgroupOf(shape);
  return { parts: Math.ceil(units / depth), units, unit, block: depth };
}

/**
 * Bindings: x, the filters, the results, with statistics `[convs, parts, 2, outputs]` of means and sums
 * of squared deviations (see {@link convParts}), and p if something may be left out.
 */
export function convForward(shape: ConvShape): Program {
  const { inputs, outputs, sizes, statistics, stored, drawn } = shape;
  const [X, Y] = [vector(lanesOf(inputs)), vector(lanesOf(outputs))];
  const Z = storage(lanesOf(outputs), stored);
  const bindings: Program['bindings'] = [
    { name: 'x', access: 'r', type: X },
    ...sizes.map((_, j) => ({ name: `filter${j}`, access: 'r' as const, type: Y })),
    ...sizes.map((_, j) => ({ name: `z${j}`, access: 'w' as const, type: Z })),
    ...(statistics === 'none' ? [] : [{ name: 'parts', access: 'w' as const, type: Y }]),
    ...(drawn ? [{ name: 'p', access: 'r' as const, type: 'f32' }] : []),
  ];
  return { bindings, ...(statistics === 'workgroup' ? byWorkgroup(shape) : byThread(shape)) };
}

/** Declares a run's place and `a0_0`, `a0_1`, ...: the results of each convolution at its pixels. */
function resultsOf(shape: ConvShape, busy: string): string {
  const { batch, inputs, outputs, sizes, stride, relu, run, stored, drawn } = shape;
  const [iv, ov] = [lanesOf(inputs), lanesOf(outputs)];
  const [X, Y] = [vector(iv), vector(ov)];
  const [IV, OV] = [inputs / iv, outputs / ov];
  const [height, width] = [shape.height / stride, shape.width / stride];
  const reach = (Math.max(...sizes) - 1) / 2;
  const last = (run - 1) * stride;
  const loads = lines(last + 2 * reach + 1, (n) => {
    const offset = n - reach;
    const place = `x[u32(i32(base) + ${offset * IV})]`;
    const value = relu ? `max(${place}, ${X}())` : place;
    if (offset >= 0 && offset <= last) return `let v${n} = ${value};`;
    const inside =
      offset < 0 ? `column >= ${-offset}u` : `column * ${stride}u + ${offset}u < ${shape.width}u`;
    return `let v${n} = select(${X}(), ${value}, ${inside});`;
  });
  const terms = sizes.map((size, j) => {
    const pad = (size - 1) / 2;
    const taps = lines(size, (kx) =>
      lines(iv, (c) => {
        const tap = `(u32(dy + ${pad}) * ${size}u + ${kx}u) * ${inputs}u`;
        const sums = lines(run, (t) => {
          const v = part(`v${t * stride + kx - pad + reach}`, iv, c);
          return `a${j}_${t} += ${v} * w;`;
        });
        return `{ let w = filter${j}[(${tap} + i * ${iv}u + ${c}u) * ${OV}u + o];\n${sums} }`;
      }),
    );
    const inside = pad === reach ? '' : ` && abs(dy) <= ${pad}`;
    return `if (drawn${j}${inside}) {\n${taps}\n}`;
  });
  const some = sizes.map((_, j) => `drawn${j}`).join(' || ');
  // Statistics are of what is stored.
  const store = (value: string, place: string) =>
    stored === 'f32'
      ? `${place} = ${value};`
      : `{ let q = ${packed(value, ov, stored)}; ${place} = q; ${value} = ${unpacked('q', ov, stored)}; }`;
  return `
${runPlace({ batch, height, width }, run)}
${sizes.map((_, j) => lines(run, (t) => `var a${j}_${t} = ${Y}();`)).join('\n')}
${drawnOf(drawn, sizes.length, OV)}
  if (${busy}) {
    for (var i = 0u; i < ${IV}u && (${some}); i++) {
      for (var dy = ${-reach}; dy <= ${reach}; dy++) {
        let y = i32(row) * ${stride} + dy;
        if (y < 0 || y >= ${shape.height}) { continue; }
        let base = ((image * ${shape.height}u + u32(y)) * ${shape.width}u + column * ${stride}u) * ${IV}u + i;
${loads}
${terms.join('\n')}
      }
    }
${sizes
  .map((_, j) => lines(run, (t) => store(`a${j}_${t}`, `z${j}[(pixel + ${t}u) * ${OV}u + o]`)))
  .join('\n')}
  }`;
}

function byThread(shape: ConvShape): Omit<Program, 'bindings'> {
  const { outputs, sizes, statistics, run, drawn } = shape;
  const ov = lanesOf(outputs);
  const [Y, OV] = [vector(ov), outputs / ov];
  const { parts, units } = convParts(shape);
  const each = (make: (j: number) => string) =>
    statistics === 'none' ? '' : lines(sizes.length, make);
  return {
    workgroup: [64, 1],
    groups: Math.ceil((parts * OV) / 64),
    // Neighbouring threads have one edge where edges may be left out, so that they wait for no other.
    body: `
  let thread = group * 64u + lane;
  if (thread >= ${parts * OV}u) { return; }
  let o = thread ${drawn ? `/ ${parts}u` : `% ${OV}u`};
  let part = thread ${drawn ? `% ${parts}u` : `/ ${OV}u`};
${each((j) => `var first${j} = ${Y}(); var sum${j} = ${Y}(); var square${j} = ${Y}();`)}
  var count = 0f;
  for (var run = part; run < ${units}u; run += ${parts}u) {
${resultsOf(shape, 'true')}
    // Deviations from the first value, which is as near to the mean as the others.
${each(
  (j) =>
    `if (count == 0f) { first${j} = a${j}_0; }\n${lines(
      run,
      (t) => `{ let d = a${j}_${t} - first${j}; sum${j} += d; square${j} += d * d; }`,
    )}`,
)}
    count += ${run}f;
  }
${each(
  (j) => `{
    let at = (${j}u * ${parts}u + part) * ${2 * OV}u + o;
    let mean = sum${j} / count;
    parts[at] = first${j} + mean;
    parts[at + ${OV}u] = square${j} - sum${j} * mean;
  }`,
)}`,
  };
}

function byWorkgroup(shape: ConvShape): Omit<Program, 'bindings'> {
  const { outputs, sizes, run } = shape;
  const ov = lanesOf(outputs);
  const [Y, OV] = [vector(ov), outputs / ov];
  const { lanes, blocks, depth } = workgroupOf(shape);
  const { parts, units } = convParts(shape);
  const each = (make: (j: number) => string) => lines(sizes.length, make);
  const all = (make: (t: number) => string) => lines(run, make);
  const total = (j: number) => `
    var sum${j} = shared${j}[local.x];
    for (var y = 1u; y < ${depth}u; y++) { sum${j} += shared${j}[y * ${lanes}u + local.x]; }`;
  return {
    workgroup: [lanes, depth],
    groups: blocks * parts,
    head: each(
      (j) => `var<workgroup> shared${j}: array<${Y}, ${lanes * depth}>;
var<workgroup> mean${j}: array<${Y}, ${lanes}>;`,
    ),
    body: `
  let o = (group % ${blocks}u) * ${lanes}u + local.x;
  let part = group / ${blocks}u;
  let run = part * ${depth}u + local.y;
${resultsOf(shape, `live && o < ${OV}u`)}
  let busy = live && o < ${OV}u;
${each(
  (j) => `shared${j}[lane] = ${Array.from({ length: run }, (_, t) => `a${j}_${t}`).join(' + ')};`,
)}
  workgroupBarrier();
  if (local.y == 0u) {
    let count = f32(${run}u * min(${depth}u, ${units}u - part * ${depth}u));
${each((j) => `{ ${total(j)}\nmean${j}[local.x] = sum${j} / count; }`)}
  }
  workgroupBarrier();
${each(
  (j) => `
  var square${j} = ${Y}();
  if (busy) {
${all((t) => `{ let d = a${j}_${t} - mean${j}[local.x]; square${j} += d * d; }`)}
  }
  shared${j}[lane] = square${j};`,
)}
  workgroupBarrier();
  if (local.y == 0u && o < ${OV}u) {
${each(
  (j) => `{ ${total(j)}
    let at = (${j}u * ${parts}u + part) * ${2 * OV}u + o;
    parts[at] = mean${j}[local.x];
    parts[at + ${OV}u] = sum${j};
  }`,
)}
  }`,
  };
}
