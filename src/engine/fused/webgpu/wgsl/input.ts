import type { Program } from '../program';
import { convInputTerms, type ConvInputShape } from './conv-input';
import { runPlace } from './run';
import { lanesOf, lines, vector } from './vector';
import { windowCount, windowOf, type WindowShape } from './window';

/** The part of a mixture that goes by skip and pool. */
export interface MixInputShape {
  /** Places in p, by edge; null: the space lacks the operation. */
  readonly skip: readonly number[] | null;
  readonly pool: readonly number[] | null;
}

/** What a tensor's gradient is made of. `conv.inputs` are its channels. */
export interface InputShape {
  readonly conv: ConvInputShape;
  /** Multiplied by the step of x: the convolutions read max(x, 0). */
  readonly mask: boolean;
  /** True: what the result holds already is added, before the mask. */
  readonly add: 'masked' | 'plain' | null;
  readonly mix: MixInputShape | null;
}

/**
 * Gradient with respect to x: by way of convolutions, of skip and pool, and what there is already.
 *
 * Bindings: result; each dz and filter; with `mask` x; with `mix`, or where something may be left out, p;
 * with `mix` the gradients of the later nodes.
 */
export function inputGradient({ conv, mask, add, mix }: InputShape): Program {
  const { batch, height, width, inputs, outputs, sizes, run, drawn } = conv;
  const [iv, ov] = [lanesOf(inputs), lanesOf(outputs)];
  const [X, Y] = [vector(iv), vector(ov)];
  const IV = inputs / iv;
  const threads = ((batch * height * width) / run) * IV;
  const edges = mix ? (mix.skip ?? mix.pool)!.length : 0;
  const at = (t: number) => `(pixel + ${t}u) * ${IV}u + i`;
  const each = (code: (t: number) => string) => lines(run, (t) => `    ${code(t)}`);
  return {
    bindings: [
      { name: 'dx', access: 'w', type: X },
      ...sizes.flatMap((_, j) => [
        { name: `dz${j}`, access: 'r' as const, type: Y },
        { name: `filter${j}`, access: 'r' as const, type: Y },
      ]),
      ...(mask ? [{ name: 'x', access: 'r' as const, type: X }] : []),
      ...(mix || drawn ? [{ name: 'p', access: 'r' as const, type: 'f32' }] : []),
      ...Array.from({ length: edges }, (_, e) => ({
        name: `dy${e}`,
        access: 'r' as const,
        type: X,
      })),
    ],
    workgroup: [64, 1],
    groups: Math.ceil(threads / 64),
    body: `
  let thread = group * 64u + lane;
  let i = thread % ${IV}u;
  let run = thread / ${IV}u;
${runPlace({ batch, height, width }, run)}
  if (live) {
${each((t) => `var a${t} = ${add === 'masked' ? `dx[${at(t)}]` : `${X}()`};`)}
${sizes.length > 0 ? convInputTerms(conv) : ''}
${mask ? each((t) => `a${t} = select(${X}(), a${t}, x[${at(t)}] > ${X}());`) : ''}
${add === 'plain' ? each((t) => `a${t} += dx[${at(t)}];`) : ''}
${mix ? mixTerms(conv, mix, edges) : ''}
${each((t) => `dx[${at(t)}] = a${t};`)}
  }`,
  };
}

function mixTerms(conv: ConvInputShape, { skip, pool }: MixInputShape, edges: number): string {
  const { height, width, inputs, run } = conv;
  const lanes = lanesOf(inputs);
  const sum = (entries: readonly number[], index: string) =>
    Array.from({ length: edges }, (_, e) => `p[${entries[e]!}] * dy${e}[${index}]`).join(' + ');
  const shape: WindowShape = { height, width, run, vectors: inputs / lanes, lanes };
  const skips = skip
    ? lines(run, (t) => `    a${t} += ${sum(skip, `(pixel + ${t}u) * ${inputs / lanes}u + i`)};`)
    : '';
  if (!pool) return skips;
  const spread = windowOf(
    shape,
    (index) => sum(pool, index),
    (v, dx) => {
      const near = Array.from({ length: run }, (_, t) => t).filter((t) => Math.abs(t - dx) <= 1);
      const share = `let s = ${v} / ${windowCount(shape, dx, 'dy')};`;
      return `${share} ${near.map((t) => `a${t} += s;`).join(' ')}`;
    },
  );
  return `${skips}
    let c = i;
${spread}`;
}
