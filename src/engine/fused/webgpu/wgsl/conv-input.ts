import { drawnOf, type DrawnPlaces } from './drawn';
import { dot, lanesOf, lines, vector } from './vector';

/** Convolutions of one x, seen from their results back. */
export interface ConvInputShape {
  readonly batch: number;
  /** Of x. */
  readonly height: number;
  readonly width: number;
  readonly inputs: number;
  readonly outputs: number;
  readonly sizes: readonly number[];
  readonly stride: number;
  /** Pixels of a thread. */
  readonly run: number;
  /** What is left out is not read, with a stride of 1; null: nothing is. */
  readonly drawn: DrawnPlaces | null;
}

/**
 * Code that adds to `a0`, `a1`, ..., the run's pixels at the input channels of vector `i`, what the
 * gradients `dz0`, ... give by way of the filters `filter0`, ...
 */
export function convInputTerms(shape: ConvInputShape): string {
  return shape.stride === 1 ? unitStride(shape) : anyStride(shape);
}

/** One tap of a filter: the vectors that lead from outputs `o` to each input channel of `i`. */
function tapOf(shape: ConvInputShape, j: number, tap: string) {
  const [iv, ov] = [lanesOf(shape.inputs), lanesOf(shape.outputs)];
  const channels = Array.from({ length: iv }, (_, c) => c);
  const place = (c: number) =>
    `((${tap}) * ${shape.inputs}u + i * ${iv}u + ${c}u) * ${shape.outputs / ov}u + o`;
  return {
    loads: channels.map((c) => `let w${c} = filter${j}[${place(c)}];`),
    times: (value: string) =>
      `${vector(iv)}(${channels.map((c) => dot(value, `w${c}`, ov)).join(', ')})`,
  };
}

function unitStride(shape: ConvInputShape): string {
  const { height, width, outputs, sizes, run, drawn } = shape;
  const ov = lanesOf(outputs);
  const [Y, OV] = [vector(ov), outputs / ov];
  const reach = (Math.max(...sizes) - 1) / 2;
  const terms = sizes.map((size, j) => {
    const pad = (size - 1) / 2;
    const loads = lines(run + 2 * pad, (n) => {
      const c = n - pad;
      const value = `dz${j}[u32(i32(base) + ${c * OV})]`;
      if (c >= 0 && c < run) return `let v${n} = ${value};`;
      const inside = c < 0 ? `column >= ${-c}u` : `column + ${c}u < ${width}u`;
      return `let v${n} = select(${Y}(), ${value}, ${inside});`;
    });
    const taps = lines(size, (n) => {
      // The pixel at (dy, n - pad) from here was reached by the opposite tap.
      const tap = tapOf(shape, j, `u32(${pad} - dy) * ${size}u + ${size - 1 - n}u`);
      const sums = lines(run, (t) => `a${t} += ${tap.times(`v${t + n}`)};`);
      return `{\n${tap.loads.join('\n')}\n${sums}\n}`;
    });
    const inside = pad === reach ? '' : ` && abs(dy) <= ${pad}`;
    return `if (drawn${j}${inside}) {\n${loads}\n${taps}\n}`;
  });
  const some = sizes.map((_, j) => `drawn${j}`).join(' || ');
  return `
    for (var o = 0u; o < ${OV}u; o++) {
${drawnOf(drawn, sizes.length, OV)}
      if (!(${some})) { continue; }
      for (var dy = ${-reach}; dy <= ${reach}; dy++) {
        let y = i32(row) + dy;
        if (y < 0 || y >= ${height}) { continue; }
        let base = ((image * ${height}u + u32(y)) * ${width}u + column) * ${OV}u + o;
${terms.join('\n')}
      }
    }`;
}

/** Only the outputs whose window holds the pixel at some tap; the stride leaves few of them. */
function anyStride(shape: ConvInputShape): string {
  const { height, width, outputs, sizes, stride, run } = shape;
  const OV = outputs / lanesOf(outputs);
  const [h, w] = [height / stride, width / stride];
  const pixel = (j: number, size: number, t: number): string => {
    const pad = (size - 1) / 2;
    const tap = tapOf(shape, j, `ky * ${size}u + kx`);
    return `
    for (var ky = 0u; ky < ${size}u; ky++) {
      let y = i32(row) + ${pad} - i32(ky);
      if (y < 0 || y % ${stride} != 0 || y / ${stride} >= ${h}) { continue; }
      for (var kx = 0u; kx < ${size}u; kx++) {
        let x = i32(column) + ${t + pad} - i32(kx);
        if (x < 0 || x % ${stride} != 0 || x / ${stride} >= ${w}) { continue; }
        let at = ((image * ${h}u + u32(y / ${stride})) * ${w}u + u32(x / ${stride})) * ${OV}u;
        for (var o = 0u; o < ${OV}u; o++) {
          let v = dz${j}[at + o];
${tap.loads.join('\n')}
          a${t} += ${tap.times('v')};
        }
      }
    }`;
  };
  return sizes.map((size, j) => lines(run, (t) => pixel(j, size, t))).join('\n');
}
