import { EDGES, NODE_COUNT, type Alpha, type Genotype } from './cell';
import { OPERATIONS, isOperation, type Operation } from './operation';

/** A string or a matrix that is not a NAS-Bench-201 cell; the message says what is wrong and where. */
export class GenotypeError extends Error {
  override readonly name = 'GenotypeError';
}

/** The benchmark's string: `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`, one group per node 1, 2, 3. */
export function formatGenotype(genotype: Genotype): string {
  const groups: string[] = [];
  for (let node = 1; node < NODE_COUNT; node++) {
    const inputs = EDGES.filter((edge) => edge.target === node);
    const parts = inputs.map((edge) => `${operationOf(genotype, edge.index)}~${edge.source}`);
    groups.push(`|${parts.join('|')}|`);
  }
  return groups.join('+');
}

/**
 * Reads what {@link formatGenotype} writes, and nothing looser.
 *
 * @throws GenotypeError naming the character (from 1) and what was expected there.
 */
export function parseGenotype(text: string): Genotype {
  const genotype: Operation[] = [];
  let at = 0;
  const fail = (expected: string): never => {
    const found = at < text.length ? `found "${text.slice(at, at + 16)}"` : 'the string ends';
    throw new GenotypeError(`Not a cell: at character ${at + 1} ${expected}, but ${found}.`);
  };
  const take = (token: string, what: string): void => {
    if (!text.startsWith(token, at)) fail(`${what} "${token}" is expected`);
    at += token.length;
  };

  for (let node = 1; node < NODE_COUNT; node++) {
    if (node > 1) take('+', `before node ${node}`);
    take('|', `to open node ${node}`);
    for (const edge of EDGES.filter((candidate) => candidate.target === node)) {
      const name = /^[^~|+]*/.exec(text.slice(at))![0];
      if (!isOperation(name)) {
        return fail(`edge ${edge.name} needs one of ${OPERATIONS.join(', ')}`);
      }
      at += name.length;
      take(`~${edge.source}|`, `after ${name} on edge ${edge.name}`);
      genotype.push(name);
    }
  }
  if (at < text.length) fail('nothing may follow node 3');
  return genotype;
}

/**
 * The cell that a search ends with: on every edge the operation with the largest alpha, `none`
 * included and no edge dropped. The first of equal alphas wins, as in the reference.
 *
 * @param alpha six rows of `ops.length` columns.
 * @throws GenotypeError when the shape differs or a value is NaN.
 */
export function deriveGenotype(alpha: Alpha, ops: readonly Operation[]): Genotype {
  if (alpha.length !== EDGES.length) {
    throw new GenotypeError(`Alpha has ${alpha.length} rows; a cell has ${EDGES.length} edges.`);
  }
  if (ops.length === 0) throw new GenotypeError('No operations to derive a cell from.');
  return EDGES.map((edge) => {
    const row = alpha[edge.index]!;
    if (row.length !== ops.length) {
      throw new GenotypeError(
        `Alpha of edge ${edge.name} has ${row.length} values for ${ops.length} operations.`,
      );
    }
    const unordered = row.findIndex((value) => Number.isNaN(value));
    if (unordered >= 0) {
      throw new GenotypeError(`Alpha of ${ops[unordered]} on edge ${edge.name} is NaN.`);
    }
    return ops[row.indexOf(Math.max(...row))]!;
  });
}

function operationOf(genotype: Genotype, edge: number): Operation {
  const operation = genotype[edge];
  if (operation === undefined || genotype.length !== EDGES.length) {
    throw new GenotypeError(
      `A cell has ${EDGES.length} operations, one per edge; this one has ${genotype.length}.`,
    );
  }
  return operation;
}
