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
