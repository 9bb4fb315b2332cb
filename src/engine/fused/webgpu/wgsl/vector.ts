/** Channels that one thread handles at a time. */
export type Lanes = 1 | 2 | 4;

export function lanesOf(channels: number): Lanes {
  return channels % 4 === 0 ? 4 : channels % 2 === 0 ? 2 : 1;
}

export function vector(lanes: Lanes): string {
  return lanes === 1 ? 'f32' : `vec${lanes}f`;
}

/** Component `i` of a vector. */
export function part(value: string, lanes: Lanes, i: number): string {
  return lanes === 1 ? value : `${value}[${i}]`;
}

export function dot(a: string, b: string, lanes: Lanes): string {
  return lanes === 1 ? `${a} * ${b}` : `dot(${a}, ${b})`;
}

/** Sum of the components. */
export function across(value: string, lanes: Lanes): string {
  return lanes === 1 ? value : `dot(${value}, ${vector(lanes)}(1))`;
}

/** `make` for 0 .. count - 1, line by line. */
export function lines(count: number, make: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => make(i)).join('\n');
}

/**
 * How a convolution's result lies in memory: as it is, or each number as a 16-bit float, two in a
 * word. Every device can do that, whether it calculates in 16 bits or not.
 */
export type Stored = 'f32' | 'f16';

/** Element type of an array of vectors. */
export function storage(lanes: Lanes, stored: Stored): string {
  if (stored === 'f32') return vector(lanes);
  if (lanes === 1) throw new RangeError('An odd number of channels cannot be stored in pairs.');
  return lanes === 4 ? 'vec2u' : 'u32';
}

/** An element of such an array as a vector. */
export function unpacked(element: string, lanes: Lanes, stored: Stored): string {
  if (stored === 'f32') return element;
  return lanes === 4
    ? `vec4f(unpack2x16float(${element}.x), unpack2x16float(${element}.y))`
    : `unpack2x16float(${element})`;
}

/** A vector as an element of such an array. */
export function packed(value: string, lanes: Lanes, stored: Stored): string {
  if (stored === 'f32') return value;
  return lanes === 4
    ? `vec2u(pack2x16float(${value}.xy), pack2x16float(${value}.zw))`
    : `pack2x16float(${value})`;
}
