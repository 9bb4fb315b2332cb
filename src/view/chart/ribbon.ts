import { EDGES } from '../../paper/cell';

export interface Point {
  readonly x: number;
  readonly y: number;
}

interface Sample extends Point {
  /** Unit normal, towards the top of the screen. */
  readonly nx: number;
  readonly ny: number;
  /** Width of the whole bundle here. */
  readonly width: number;
}

export interface CellNode extends Point {
  readonly label: string;
}

export interface CellEdge {
  readonly index: number;
  readonly samples: readonly Sample[];
  /** Centre of the bundle where it is widest. */
  readonly middle: Sample;
}

/** The cell in pixels: nodes on one axis, skipping edges as arcs that no other bundle crosses. */
export interface CellLayout {
  readonly width: number;
  readonly height: number;
  readonly radius: number;
  /** Distance of two neighbouring nodes. */
  readonly step: number;
  /** Width of a bundle where it is widest, in pixels: softmax 1. */
  readonly bundle: number;
  readonly nodes: readonly CellNode[];
  readonly edges: readonly CellEdge[];
}

const NODE_LABELS = ['in', '1', '2', 'out'];
const SAMPLES = 40;
/** A bundle's width at its nodes, as a share of its full width. */
const PINCH = 0.42;

interface Arc {
  /** Height of the centre line's apex above the axis, in pixels; negative is below. */
  readonly apex: number;
  /** Angle at which it leaves its source, in radians. */
  readonly angle: number;
}

/** Lays the cell out for a container's width. */
export function layoutCell(width: number): CellLayout {
  const radius = clamp(width * 0.044, 14, 26);
  const bundle = clamp(width * 0.092, 22, 58);
  const margin = radius + bundle * 0.42;
  const step = Math.max(1, (width - 2 * margin) / 3);
  const inner = radius + bundle * 1.12 + 4;
  const outer = (inner + bundle + 10) * 1.14;
  const pad = 6;
  const axis = outer + bundle / 2 + pad;
  const height = axis + inner + bundle / 2 + pad;
  const nodes = NODE_LABELS.map((label, index) => ({ label, x: margin + index * step, y: axis }));

  const arcs = new Map<string, Arc>([
    ['2<-0', { apex: inner, angle: (56 * Math.PI) / 180 }],
    ['3<-0', { apex: outer, angle: (99 * Math.PI) / 180 }],
    ['3<-1', { apex: -inner, angle: (56 * Math.PI) / 180 }],
  ]);
  const edges = EDGES.map((edge) => {
    const from = nodes[edge.source]!;
    const to = nodes[edge.target]!;
    const samples = sample(from, to, arcs.get(edge.name), radius, bundle);
    return { index: edge.index, samples, middle: samples[SAMPLES >> 1]! };
  });
  return { width, height, radius, step, bundle, nodes, edges };
}

/** Adds the outline of the ribbon between two shares of a bundle, counted from its top, 0 to 1. */
export function traceRibbon(
  path: Pick<CanvasPath, 'lineTo' | 'closePath'>,
  { samples }: CellEdge,
  from: number,
  to: number,
): void {
  const lineTo = ({ x, y, nx, ny, width }: Sample, share: number): void => {
    const above = (0.5 - share) * width;
    path.lineTo(x + nx * above, y + ny * above);
  };
  for (const at of samples) lineTo(at, from);
  for (let i = samples.length - 1; i >= 0; i--) lineTo(samples[i]!, to);
  path.closePath();
}

/** The outline of a whole bundle, as an SVG path. */
export function bundlePath(edge: CellEdge): string {
  const points: string[] = [];
  const lineTo = (x: number, y: number) => points.push(`${x.toFixed(1)} ${y.toFixed(1)}`);
  traceRibbon({ lineTo, closePath: () => undefined }, edge, 0, 1);
  return `M${points.join('L')}Z`;
}

/** The centre line of a bundle, as an SVG path. */
export function centrePath(edge: CellEdge): string {
  return `M${edge.samples.map((at) => `${at.x.toFixed(1)} ${at.y.toFixed(1)}`).join('L')}`;
}

/** A point in the middle of the edge, at a share of the bundle's width. */
export function ribbonMiddle(edge: CellEdge, share: number): Point {
  const { x, y, nx, ny, width } = edge.middle;
  return { x: x + nx * (0.5 - share) * width, y: y + ny * (0.5 - share) * width };
}

function sample(
  from: Point,
  to: Point,
  arc: Arc | undefined,
  radius: number,
  bundle: number,
): Sample[] {
  const { apex, angle } = arc ?? { apex: 0, angle: 0 };
  // A symmetric cubic's apex lies at three quarters of its control points' height.
  const reach = apex === 0 ? (to.x - from.x) / 3 : Math.abs(apex) / (0.75 * Math.sin(angle));
  const rise = Math.sign(apex) * reach * Math.sin(angle);
  // The part of the centre line under the nodes' circles.
  const hidden = radius / Math.max(to.x - from.x, 2 * Math.abs(apex));
  const cubic = (t: number, a: number, b: number, c: number, d: number) =>
    (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t ** 2 * c + t ** 3 * d;
  const slope = (t: number, a: number, b: number, c: number, d: number) =>
    3 * (1 - t) ** 2 * (b - a) + 6 * (1 - t) * t * (c - b) + 3 * t ** 2 * (d - c);
  const xs = [
    from.x,
    from.x + reach * Math.cos(angle),
    to.x - reach * Math.cos(angle),
    to.x,
  ] as const;
  const ys = [from.y, from.y - rise, to.y - rise, to.y] as const;

  return Array.from({ length: SAMPLES + 1 }, (_, index) => {
    const t = index / SAMPLES;
    const x = cubic(t, ...xs);
    const y = cubic(t, ...ys);
    const dx = slope(t, ...xs);
    const dy = slope(t, ...ys);
    const length = Math.hypot(dx, dy) || 1;
    const open = swell((Math.min(t, 1 - t) - hidden) / (0.5 - hidden));
    return {
      x,
      y,
      nx: dy / length,
      ny: -dx / length,
      width: bundle * (PINCH + (1 - PINCH) * open),
    };
  });
}

/** Opens fast and then rests: a bundle is a lens without shoulders. */
function swell(share: number): number {
  return Math.sin((Math.PI / 2) * clamp(share, 0, 1) ** 0.75);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
