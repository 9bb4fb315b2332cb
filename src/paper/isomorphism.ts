import { EDGES, NODE_COUNT, type Genotype } from './cell';

/** Classes of isomorphic cells by the benchmark's rule, `skip-and-none`. */
export const CLASS_COUNT = 6466;

/** A zero term. Kept in sums: the benchmark's rule does not drop it. */
const ZERO = '#';

/**
 * Which operations the rule sees through: `skip` takes skip-connect for the identity (12,751
 * classes over the whole space), `skip-and-none` also takes `none` for zero (6,466, the figure the
 * benchmark is known by).
 */
export type Folding = 'skip' | 'skip-and-none';

/**
 * A string that cells share when the benchmark calls them isomorphic. A node is the sorted sum of
 * its inputs; a skip-connect passes its source's string on; a `none`, or any operation on a node
 * that is nothing but zero, becomes a zero term.
 *
 * It is the official rule, not the finest one: a zero term stays in its sum and sums are not
 * flattened, so some cells that compute the same function keep different strings.
 */
export function canonicalForm(genotype: Genotype, folding: Folding = 'skip-and-none'): string {
  const forms = ['0'];
  for (let node = 1; node < NODE_COUNT; node++) {
    const terms = EDGES.filter((edge) => edge.target === node).map((edge) => {
      const operation = genotype[edge.index]!;
      const source = forms[edge.source]!;
      if (folding === 'skip-and-none' && (operation === 'none' || source === ZERO)) return ZERO;
      return operation === 'skip_connect' ? source : `(${source})@${operation}`;
    });
    forms.push(terms.sort().join('+'));
  }
  return forms[NODE_COUNT - 1]!;
}

/** Whether anything but `none` leads from the input to the output; 341 of 15,625 cells are dead. */
export function isConnected(genotype: Genotype): boolean {
  const reached = [true];
  for (let node = 1; node < NODE_COUNT; node++) {
    reached[node] = EDGES.some(
      (edge) =>
        edge.target === node && reached[edge.source] === true && genotype[edge.index] !== 'none',
    );
  }
  return reached[NODE_COUNT - 1] === true;
}
