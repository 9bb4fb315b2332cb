/*
 * Threads of the image kernels work on *runs*: a few neighbouring pixels of one row, so that what is
 * read for one pixel serves the others too.
 */

/** Batch of images, rows of pixels, channels. */
export interface Images {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * Pixels of a run. Long runs read less, short ones keep more threads busy.
 *
 * @param vectors vectors of channels that are computed for each pixel
 * @param threads how many the device can use
 */
export function runOf(
  { batch, height, width }: Omit<Images, 'channels'>,
  vectors: number,
  threads: number,
): number {
  const enough = (run: number) => (batch * height * width * vectors) / run >= threads;
  if (width % 4 === 0 && enough(4)) return 4;
  if (width % 2 === 0 && enough(2)) return 2;
  return 1;
}

/**
 * Declares `live`, `image`, `row`, `column` (of the run's first pixel) and `pixel`, its number among
 * all pixels, from the run's number.
 */
export function runPlace({ batch, height, width }: Omit<Images, 'channels'>, run: number): string {
  const perRow = width / run;
  return `
  let live = run < ${batch * height * perRow}u;
  let column = (run % ${perRow}u) * ${run}u;
  let row = (run / ${perRow}u) % ${height}u;
  let image = run / ${perRow * height}u;
  let pixel = (image * ${height}u + row) * ${width}u + column;`;
}
