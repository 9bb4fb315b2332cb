import { lines, type Lanes, vector } from './vector';

/** The 3x3 average pool of images whose padding does not count. */
export interface WindowShape {
  readonly height: number;
  readonly width: number;
  readonly run: number;
  /** Vectors of channels of a pixel. */
  readonly vectors: number;
  readonly lanes: Lanes;
}

/**
 * Code for all pixels in reach of the run, row by row and from left to right.
 *
 * @param value of the pixel whose vector lies at an index
 * @param use what to do with it, the pixel being `dx` columns and `dy` rows from the run's first
 */
export function windowOf(
  { height, width, run, vectors, lanes }: WindowShape,
  value: (index: string) => string,
  use: (v: string, dx: number) => string,
): string {
  const pixels = lines(run + 2, (n) => {
    const dx = n - 1;
    const v = value(`u32(i32(base) + ${dx * vectors})`);
    const inside = dx < 0 ? 'column >= 1u' : dx < run ? null : `column + ${run}u < ${width}u`;
    const masked = inside ? `select(${vector(lanes)}(), ${v}, ${inside})` : v;
    return `{ let v = ${masked}; ${use('v', dx)} }`;
  });
  return `
    for (var dy = -1; dy <= 1; dy++) {
      let y = i32(row) + dy;
      if (y < 0 || y >= ${height}) { continue; }
      let base = ((image * ${height}u + u32(y)) * ${width}u + column) * ${vectors}u + c;
${pixels}
    }`;
}

/** Number of pixels in the window of the one at `dx`, `dy` from the run's first, as a f32. */
export function windowCount({ height, width }: WindowShape, dx: number, dy: string): string {
  const reach = (place: string, offset: string, size: number) => {
    const at = `(i32(${place}) + ${offset})`;
    return `f32(min(${at} + 1, ${size - 1}) - max(${at} - 1, 0) + 1)`;
  };
  return `(${reach('row', dy, height)} * ${reach('column', String(dx), width)})`;
}
