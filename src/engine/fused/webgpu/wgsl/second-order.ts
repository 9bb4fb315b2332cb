import type { Program } from '../program';
import { clockRow, rate, read, write } from './optimiser';

interface VectorShape {
  readonly size: number;
}

const PER_THREAD = 8;

/** A program that sets every element of its last binding, `y`. */
function elementwise(
  { size }: VectorShape,
  bindings: Program['bindings'],
  value: string,
  before = '',
): Program {
  return {
    bindings: [...bindings, ...write('f32', 'y')],
    workgroup: [64, 1],
    groups: Math.ceil(size / (64 * PER_THREAD)),
    body: `
  ${before}
  for (var n = 0u; n < ${PER_THREAD}u; n++) {
    let at = (group * ${PER_THREAD}u + n) * 64u + lane;
    if (at < ${size}u) { y[at] = ${value}; }
  }`,
  };
}

/** A literal of WGSL. */
const literal = (value: number) => `f32(${value})`;

/** Bindings: weights, momentum, gradient, table, counter, result. */
export function lookAhead(shape: VectorShape): Program {
  const bindings = [
    ...read('f32', 'weights', 'momentum', 'gradient', 'table'),
    ...read('i32', 'counter'),
  ];
  const slope = `gradient[at] + weights[at] * ${rate('decay')} + momentum[at] * ${rate('momentum')}`;
  return elementwise(shape, bindings, `weights[at] - ${rate('weights')} * (${slope})`, clockRow);
}

/** Bindings: parts of the squares, result. */
export function length({ parts }: { readonly parts: number }): Program {
  return {
    bindings: [...read('f32', 'parts'), ...write('f32', 'y')],
    workgroup: [1, 1],
    groups: 1,
    body: `
  var sum = 0f;
  for (var part = 0u; part < ${parts}u; part++) { sum += parts[part]; }
  y[0] = sqrt(sum);`,
  };
}

/** Bindings: weights, direction, its length, result. */
export function along(shape: VectorShape & { readonly distance: number }): Program {
  return elementwise(
    shape,
    read('f32', 'weights', 'direction', 'span'),
    'weights[at] + factor * direction[at]',
    `let factor = ${literal(shape.distance)} / span[0];`,
  );
}

/** Bindings: weights, plus, minus, result. */
export function apart(shape: VectorShape & { readonly factor: number }): Program {
  return elementwise(
    shape,
    read('f32', 'weights', 'plus', 'minus'),
    `weights[at] + ${literal(shape.factor)} * (plus[at] - minus[at])`,
  );
}

/** Bindings: gradient, plus, minus, length, result; table and counter before it for the weights' rate. */
export function corrected(
  shape: VectorShape & { readonly distance: number; readonly factor: number | 'weight rate' },
): Program {
  const { distance, factor } = shape;
  const timed = factor === 'weight rate';
  const by = timed ? rate('weights') : literal(factor);
  return elementwise(
    shape,
    [
      ...read('f32', 'gradient', 'plus', 'minus', 'span', ...(timed ? ['table'] : [])),
      ...(timed ? read('i32', 'counter') : []),
    ],
    'gradient[at] - factor * (plus[at] - minus[at])',
    `${timed ? clockRow : ''}
  let factor = ${by} * span[0] / ${literal(2 * distance)};`,
  );
}
