import { EDGES } from '../cell';
import { deriveGenotype, formatGenotype, parseGenotype } from '../genotype';
import { canonicalForm } from '../isomorphism';
import { OPERATIONS, PARAMETER_FREE, SENTENCE_NAME, SHORT_NAME, isOperation } from '../operation';
import type { SearchSpace } from './space';

/** NAS-Bench-201: five operations on six edges, and any subset of at least two of them. */
export const NAS_BENCH_201: SearchSpace = {
  key: 'nas-bench-201',
  label: 'NAS-Bench-201',
  operations: OPERATIONS.map((name) => ({
    name,
    short: SHORT_NAME[name],
    words: SENTENCE_NAME[name],
    parameterFree: PARAMETER_FREE.has(name),
  })),
  choice: 'edge',
  choices: EDGES.length,
  recipe: {
    batch: 64,
    images: 25_000,
    channels: 16,
    cells: 5,
    first: 'weights',
    nesterov: true,
    decay: 5e-4,
    affine: false,
    alphaBatches: 'replacement',
  },
  rows: (ops) => EDGES.map(({ name }) => ({ kind: 'operation', name, columns: ops })),
  derive: (alpha, ops) => formatGenotype(deriveGenotype(alpha, ops.filter(isOperation))),
  held: parseGenotype,
  form: (arch) => canonicalForm(parseGenotype(arch)),
};
