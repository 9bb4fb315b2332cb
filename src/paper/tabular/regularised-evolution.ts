import { EDGES, NODE_COUNT } from '../cell';
import { OPERATIONS } from '../operation';
import { randomChoice, type Choice, type Draws, type TableSearcher } from './trials';

/** Of the benchmark's script. */
export const POPULATION = 10;
const SAMPLE = 3;

interface Member {
  readonly cell: Choice;
  readonly score: number;
}

/** REA (methods, section 15): the oldest of a population goes, the best of three has a child. */
export const regularisedEvolution: TableSearcher = {
  key: 'rea',
  title: 'REA',
  summary:
    'Ten random cells; then, again and again, the best of three drawn from them has one edge changed, ' +
    'and the oldest goes.',
  search(trials, draws) {
    const population: Member[] = [];
    const add = (cell: Choice) => population.push({ cell, score: trials.evaluate(cell) });
    while (!trials.isSpent && population.length < POPULATION) add(randomChoice(draws));
    while (!trials.isSpent) {
      const drawn = Array.from({ length: SAMPLE }, () => population[draws.int(POPULATION)]!);
      const parent = drawn.reduce((best, member) => (member.score > best.score ? member : best));
      add(mutate(parent.cell, draws));
      population.shift();
    }
  },
};

/**
 * A cell with another operation on one edge. The node is drawn first and then an edge into it, so that the
 * one edge into node 1 changes in a third of all cases, each of the three into node 3 in a ninth.
 */
export function mutate(cell: Choice, draws: Draws): number[] {
  const node = 1 + draws.int(NODE_COUNT - 1);
  const edges = EDGES.filter(({ target }) => target === node);
  const { index } = edges[draws.int(edges.length)]!;
  const other = draws.int(OPERATIONS.length - 1);
  return cell.map((place, at) => {
    if (at !== index) return place;
    return other < place ? other : other + 1;
  });
}
