import type { Binding, Program } from '../program';
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
import { lanesOf, lines, vector } from './vector';

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
