import { CELL_COUNT, genotypeAtIndex } from './benchmark-index';
import type { Genotype } from './cell';
import { canonicalForm } from './isomorphism';

let sizes: Map<string, number> | undefined;

/** Cells of the space that are isomorphic to this one by the benchmark's rule, itself included. */
export function isomorphicCount(genotype: Genotype): number {
  if (sizes === undefined) {
    sizes = new Map();
    for (let index = 0; index < CELL_COUNT; index++) {
      const form = canonicalForm(genotypeAtIndex(index));
      sizes.set(form, (sizes.get(form) ?? 0) + 1);
    }
  }
  return sizes.get(canonicalForm(genotype))!;
}

/** The first cell of each class of isomorphic ones, in their order. */
export function distinctCells(genotypes: Iterable<Genotype>): Genotype[] {
  const first = new Map<string, Genotype>();
  for (const genotype of genotypes) {
    const form = canonicalForm(genotype);
    if (!first.has(form)) first.set(form, genotype);
  }
  return [...first.values()];
}
