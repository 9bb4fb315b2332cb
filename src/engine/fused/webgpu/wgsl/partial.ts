import { EDGES } from '../../../../paper/cell';
import { LEAST_WEIGHT } from '../../partial';
import type { Program } from '../program';
import { read, write } from './optimiser';

/** Operations on an edge; alpha has a row of them for each edge, and a number for each behind. */
export interface EdgesShape {
  readonly columns: number;
}

/** Elements of images whose channels are `share` groups of `width`. */
export interface SplitShape {
  readonly size: number;
  readonly width: number;
  readonly share: number;
}

const COUNT = EDGES.length;

/** For each edge the first of those that enter the same node, and how many they are. */
const RIVALS = (() => {
  const groups = EDGES.map(({ target }) => EDGES.filter((edge) => edge.target === target));
  const list = (numbers: readonly number[]) =>
    `array<u32, ${COUNT}>(${numbers.map((number) => `${number}u`).join(', ')})`;
  return `
  var firsts = ${list(groups.map((edges) => edges[0]!.index))};
  var counts = ${list(groups.map((edges) => edges.length))};`;
})();

/** Bindings: alpha, p. */
export function edgeMixture({ columns }: EdgesShape): Program {
  const own = COUNT * columns;
  return {
    bindings: [...read('f32', 'alpha'), ...write('f32', 'p')],
    workgroup: [64, 1],
    groups: 1,
    body: `${RIVALS}
  if (lane < ${COUNT}u) {
    let start = lane * ${columns}u;
    let first = ${own}u + firsts[lane];
    var heaviest = alpha[first];
    for (var n = 1u; n < counts[lane]; n++) { heaviest = max(heaviest, alpha[first + n]); }
    var rivals = 0f;
    for (var n = 0u; n < counts[lane]; n++) { rivals += exp(alpha[first + n] - heaviest); }
    let weight = exp(alpha[${own}u + lane] - heaviest) / rivals;
    var most = alpha[start];
    for (var n = 1u; n < ${columns}u; n++) { most = max(most, alpha[start + n]); }
    var sum = 0f;
    for (var n = 0u; n < ${columns}u; n++) { sum += exp(alpha[start + n] - most); }
    for (var n = 0u; n < ${columns}u; n++) {
      p[start + n] = weight * (exp(alpha[start + n] - most) / sum);
    }
    p[${own}u + lane] = weight;
  }`,
  };
}

/** Bindings: p, gradient of p, result. */
export function edgeMixtureInput({ columns }: EdgesShape): Program {
  const own = COUNT * columns;
  return {
    bindings: [...read('f32', 'p', 'dp'), ...write('f32', 'dAlpha')],
    workgroup: [64, 1],
    groups: 1,
    head: `
// Of the loss by the logarithm of an edge's weight.
fn pull(edge: u32) -> f32 {
  var sum = p[${own}u + edge] * dp[${own}u + edge];
  for (var n = edge * ${columns}u; n < (edge + 1u) * ${columns}u; n++) { sum += p[n] * dp[n]; }
  return sum;
}`,
    body: `${RIVALS}
  if (lane < ${COUNT}u) {
    let start = lane * ${columns}u;
    let weight = p[${own}u + lane];
    let pulled = pull(lane);
    let mean = pulled / max(weight, ${LEAST_WEIGHT}f) - dp[${own}u + lane];
    for (var n = start; n < start + ${columns}u; n++) { dAlpha[n] = p[n] * (dp[n] - mean); }
    var all = 0f;
    for (var n = 0u; n < counts[lane]; n++) { all += pull(firsts[lane] + n); }
    dAlpha[${own}u + lane] = pulled - weight * all;
  }`,
  };
}

/** A program with a thread for each of so many elements; `at` is its own. */
function each(elements: number, bindings: Program['bindings'], body: string): Program {
  return {
    bindings,
    workgroup: [64, 1],
    groups: Math.ceil(elements / 64),
    body: `
  let at = group * 64u + lane;
  if (at < ${elements}u) { ${body} }`,
  };
}

/** The place in images of the element `at` of their first channels. */
const wide = ({ width, share }: SplitShape) =>
  `at / ${width}u * ${width * share}u + at % ${width}u`;

/** Bindings: x, result. */
export function front(shape: SplitShape): Program {
  const bindings = [...read('f32', 'x'), ...write('f32', 'y')];
  return each(shape.size / shape.share, bindings, `y[at] = x[${wide(shape)}];`);
}

/** Bindings: what is added, x. */
export function addFront(shape: SplitShape): Program {
  const bindings = [...read('f32', 'added'), ...write('f32', 'x')];
  return each(shape.size / shape.share, bindings, `x[${wide(shape)}] += added[at];`);
}

/** Group and channel of the element `at` of shuffled images, and its pixel. */
const places = ({ width, share }: SplitShape) => `
    let pixel = at / ${width * share}u;
    let c = at % ${width * share}u / ${share}u;
    let g = at % ${share}u;`;

/** Bindings: the first channels, the others, result. */
export function shuffle(shape: SplitShape): Program {
  const { size, width, share } = shape;
  return each(
    size,
    [...read('f32', 'first', 'others'), ...write('f32', 'y')],
    `${places(shape)}
    if (g == 0u) { y[at] = first[pixel * ${width}u + c]; }
    else { y[at] = others[pixel * ${width * share}u + g * ${width}u + c]; }`,
  );
}

/** Bindings: dy, gradients of the first channels and of the others. */
export function unshuffle(shape: SplitShape): Program {
  const { size, width, share } = shape;
  return each(
    size,
    [...read('f32', 'dy'), ...write('f32', 'first', 'others')],
    `${places(shape)}
    let place = pixel * ${width * share}u + g * ${width}u + c;
    if (g == 0u) { first[pixel * ${width}u + c] = dy[at]; others[place] = 0f; }
    else { others[place] = dy[at]; }`,
  );
}
