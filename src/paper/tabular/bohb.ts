import { EDGES } from '../cell';
import { OPERATIONS } from '../operation';
import { sampleStd } from '../statistics';
import { randomChoice, type Choice, type Draws, type TableSearcher } from './trials';

/** Budgets of 200/9, 200/3 and 200 epochs, as places; the table answers the same for each. */
const RUNGS = 3;
const ETA = 3;
/** Points on each side without which there is no model. */
const LEAST_POINTS = EDGES.length + 1;
const GOOD_SHARE = 0.15;
const PROPOSALS = 4;
/** Of the benchmark's script. */
const LEAST_WIDTH = 0.3;
/** At this width an edge's kernel no longer depends on its operation. */
const MOST_WIDTH = 1 - 1 / OPERATIONS.length;

interface Point {
  readonly cell: Choice;
  readonly score: number;
}

/** Points and, for each edge, the chance that a kernel lies elsewhere. */
interface Density {
  readonly cells: readonly Choice[];
  readonly widths: readonly number[];
}

/** BOHB (methods, section 15): successive halving whose cells a density of good ones proposes. */
export const bohb: TableSearcher = {
  key: 'bohb',
  title: 'BOHB',
  summary:
    'Successive halving over three budgets; cells are proposed where good ones lie denser than bad ones. ' +
    'The table gives the same accuracy at each budget, as the reference has it.',
  search(trials, draws) {
    const seen: Point[][] = Array.from({ length: RUNGS }, () => []);
    for (let iteration = 0; !trials.isSpent; iteration++) {
      const bracket = RUNGS - 1 - (iteration % RUNGS);
      let count = Math.floor(RUNGS / (bracket + 1)) * ETA ** bracket;
      let kept: Choice[] | null = null;
      for (let rung = RUNGS - 1 - bracket; rung < RUNGS && !trials.isSpent; rung++) {
        const points: Point[] = [];
        for (let at = 0; at < count && !trials.isSpent; at++) {
          const cell = kept === null ? propose(seen, draws) : kept[at]!;
          const point = { cell, score: trials.evaluate(cell) };
          points.push(point);
          seen[rung]!.push(point);
        }
        count = Math.max(1, Math.floor(count / ETA));
        kept = points.sort((a, b) => b.score - a.score).map(({ cell }) => cell);
      }
    }
  },
};

/** By the model of the largest budget that has one; at random before there is any. */
function propose(seen: readonly (readonly Point[])[], draws: Draws): Choice {
  const points = seen.findLast((rung) => modelSize(rung.length) !== null);
  if (points === undefined) return randomChoice(draws);
  const sorted = points.toSorted((a, b) => b.score - a.score).map(({ cell }) => cell);
  const size = modelSize(points.length)!;
  const good = densityOf(sorted.slice(0, size));
  const bad = densityOf(sorted.slice(size));
  const ratio = (cell: Choice) =>
    Math.max(densityAt(bad, cell), 1e-32) / Math.max(densityAt(good, cell), 1e-32);
  const proposals = Array.from({ length: PROPOSALS }, () => near(good, draws));
  return proposals.reduce((best, cell) => (ratio(cell) < ratio(best) ? cell : best));
}

/** How many of the points count as good; null where too few are left on either side. */
function modelSize(points: number): number | null {
  const good = Math.max(LEAST_POINTS, Math.floor(GOOD_SHARE * points));
  return points - good >= LEAST_POINTS ? good : null;
}

/** Widths by the normal reference rule on the places of the operations, as the reference takes them. */
function densityOf(cells: readonly Choice[]): Density {
  const factor = 1.06 * cells.length ** (-1 / (4 + EDGES.length));
  const widths = EDGES.map(({ index }) => {
    const width = factor * sampleStd(cells.map((cell) => cell[index]!));
    // Engines disagree on the last bit of a power; rounded, all propose the same cells.
    return Math.fround(Math.min(Math.max(width, LEAST_WIDTH), MOST_WIDTH));
  });
  return { cells, widths };
}

/** The mean over points of the product over edges of Aitchison and Aitken's kernel. */
function densityAt({ cells, widths }: Density, cell: Choice): number {
  const other = OPERATIONS.length - 1;
  const kernel = (point: Choice) =>
    widths.reduce(
      (product, width, edge) => product * (point[edge] === cell[edge] ? 1 - width : width / other),
      1,
    );
  return cells.reduce((sum, point) => sum + kernel(point), 0) / cells.length;
}

/** A good cell, each edge drawn anew with the chance of its width. */
function near({ cells, widths }: Density, draws: Draws): Choice {
  const centre = cells[draws.int(cells.length)]!;
  return centre.map((place, edge) =>
    draws.uniform() < 1 - widths[edge]! ? place : draws.int(OPERATIONS.length),
  );
}
