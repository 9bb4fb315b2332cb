import { area, line, scaleLinear, scaleLog } from 'd3';
import type { Band } from '../../paper/statistics';
import { dodge } from './dodge';
import type { CurveBundle } from './series';

/** A bundle with the looks it is drawn in. */
export interface PlotCurve {
  readonly key: string;
  /** In the key. */
  readonly name: string;
  /** At the line's end. */
  readonly label: string;
  readonly bundle: CurveBundle;
  readonly fill: string;
  readonly ink: string;
  readonly dash: string;
  /** The regime in comparison: thinner, with an open end. */
  readonly second: boolean;
  /** Epoch from which on it is drawn; from the first by default. */
  readonly from?: number | undefined;
}

export interface PlotSize {
  readonly width: number;
  readonly height: number;
  /** Room for the labels at the lines' ends. */
  readonly right: number;
}

export interface PlotOptions extends PlotSize {
  /** Epochs on the horizontal axis. */
  readonly total: number;
  readonly log: boolean;
  readonly domain: readonly [number | null, number | null];
  readonly format: (value: number) => string;
}

export interface Tick {
  readonly at: number;
  readonly label: string;
}

export interface EndLabel {
  readonly curve: PlotCurve;
  /** Where the line ends and where its label stands. */
  readonly x: number;
  readonly y: number;
  readonly labelY: number;
}

export interface DrawnCurve {
  readonly curve: PlotCurve;
  /** Over all seeds that have begun. */
  readonly mean: string;
  /** The rest of it: epochs that only some of them have come to. */
  readonly partial: string;
  /** One standard deviation around the mean; empty where fewer than two seeds are. */
  readonly band: string;
  readonly seeds: readonly string[];
}

/** Everything of a plot that does not move with the clock. */
export interface PlotLayout {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: (epoch: number) => number;
  readonly y: (value: number) => number;
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
  readonly curves: readonly DrawnCurve[];
  readonly labels: readonly EndLabel[];
}

const LEFT = 38;
const TOP = 20;
const BOTTOM = 22;
/** Between the baselines of two end labels, in pixels. */
const LABEL_GAP = 13;

/** Lays a plot out in pixels. Linear between epochs: what is drawn are the stored values. */
export function layoutPlot(curves: readonly PlotCurve[], options: PlotOptions): PlotLayout {
  const { width, height, total, format } = options;
  const right = Math.max(width - options.right, LEFT + 40);
  const bottom = height - BOTTOM;
  const xScale = scaleLinear([0, total], [LEFT, right]);
  const [low, high] = extentOf(curves, options);
  const yTickCount = Math.max(2, Math.round((bottom - TOP) / 34));
  const yScale = options.log
    ? scaleLog([low, high], [bottom, TOP]).clamp(true)
    : scaleLinear([low, high], [bottom, TOP]);
  if (options.domain[1] === null && !options.log) yScale.nice(yTickCount);
  const x = (epoch: number) => xScale(epoch);
  const y = (value: number) => yScale(value);

  const yTicks = options.log
    ? decades(low, high).map((value) => ({ at: y(value), label: format(value) }))
    : yScale.ticks(yTickCount).map((value) => ({ at: y(value), label: shortNumber(value) }));
  const xTicks = xScale
    .ticks(Math.max(2, Math.floor((right - LEFT) / 64)))
    .filter(Number.isInteger)
    .map((value) => ({ at: x(value), label: String(value) }));

  const drawable = (value: number) => Number.isFinite(value) && (!options.log || value > 0);
  const seedLine = (from: number) =>
    line<number | null>()
      .defined((value, epoch) => value !== null && drawable(value) && epoch >= from)
      .x((_, epoch) => x(epoch))
      .y((value) => y(value!))
      .digits(1);
  const meanPaths = (bands: readonly Band[], from: number) => {
    const most = Math.max(0, ...bands.map((band) => band.n));
    const path = (defined: (band: Band, epoch: number) => boolean) =>
      line<Band>()
        .defined(
          (band, epoch) =>
            band.n > 0 && drawable(band.mean) && epoch >= from && defined(band, epoch),
        )
        .x((_, epoch) => x(epoch))
        .y((band) => y(band.mean))
        .digits(1)(bands) ?? '';
    return {
      mean: path((band) => band.n === most),
      partial: path((band, epoch) => band.n < most || (bands[epoch + 1]?.n ?? most) < most),
    };
  };
  // A deviation may reach where no value can be, as below no skip-connect at all.
  const [floor = low, ceiling = high] = yScale.domain();
  const inside = (value: number) => y(Math.min(Math.max(value, floor), ceiling));
  const bandArea = area<Band>()
    .defined((band) => band.n > 1 && drawable(band.mean))
    .x((_, epoch) => x(epoch))
    .y0((band) => inside(band.mean - band.std))
    .y1((band) => inside(band.mean + band.std))
    .digits(1);

  const drawn = curves.map((curve) => {
    const { bundle, from = 0 } = curve;
    return {
      curve,
      ...meanPaths(bundle.bands, from),
      band: bandArea(bundle.bands) ?? '',
      seeds: bundle.seeds.length > 1 ? bundle.seeds.map((seed) => seedLine(from)(seed) ?? '') : [],
    };
  });

  const ends = curves.flatMap((curve) => {
    const { bands } = curve.bundle;
    const last = bands.findLastIndex((band) => band.n > 0 && drawable(band.mean));
    return last < 0 || curve.label === '' ? [] : [{ curve, x: x(last), y: y(bands[last]!.mean) }];
  });
  const placed = dodge(
    ends.map((end) => end.y),
    LABEL_GAP,
    [TOP, bottom - 3],
  );
  const labels = ends.map((end, index) => ({ ...end, labelY: placed[index]! }));

  return {
    width,
    height,
    left: LEFT,
    right,
    top: TOP,
    bottom,
    x,
    y,
    xTicks,
    yTicks,
    curves: drawn,
    labels,
  };
}

/** Widest label at the lines' ends in pixels, estimated: digits and letters of the 12 px face. */
export function labelRoom(labels: readonly string[]): number {
  return 14 + 6.6 * Math.max(0, ...labels.map((label) => label.length));
}

function extentOf(
  curves: readonly PlotCurve[],
  { domain, log }: Pick<PlotOptions, 'domain' | 'log'>,
): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  let least = Infinity;
  for (const { bundle } of curves) {
    for (const band of bundle.bands) {
      if (band.n === 0) continue;
      const spread = band.n > 1 && !log ? band.std : 0;
      least = Math.min(least, band.min);
      low = Math.min(low, band.min, band.mean - spread);
      high = Math.max(high, band.max, band.mean + spread);
    }
  }
  if (log) {
    if (!(high > 0)) [low, high] = [0.001, 0.1];
    if (!(low > 0)) low = high / 10;
    return [10 ** Math.floor(Math.log10(low) + 1e-9), 10 ** Math.ceil(Math.log10(high * 1.0001))];
  }
  if (!Number.isFinite(low)) [low, high] = [0, 1];
  if (high - low < 1e-9) [low, high] = [low - 0.5, high + 0.5];
  // A deviation alone does not reach below zero; a value does.
  const bottom = least < 0 ? low : Math.max(low, 0);
  return [
    domain[0] ?? bottom,
    domain[1] === null ? high : Math.min(domain[1], high + (high - low) * 0.06),
  ];
}

function decades(low: number, high: number): number[] {
  const first = Math.round(Math.log10(low));
  const last = Math.round(Math.log10(high));
  return Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index));
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(6)))
    .replace(/^(-?)0\./, '$1.')
    .replace('-', '−');
}
