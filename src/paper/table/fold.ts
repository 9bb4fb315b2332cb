import { CELL_COUNT, genotypeAtIndex } from '../benchmark-index';
import { canonicalForm, type Folding } from '../isomorphism';

/** The form of every cell by architecture index: isomorphic cells have the same. */
export function formsOf(folding: Folding): string[] {
  return Array.from({ length: CELL_COUNT }, (_, index) =>
    canonicalForm(genotypeAtIndex(index), folding),
  );
}

/**
 * Gives every cell the values of the cell that stands for it, *in place*.
 *
 * @param values columns by architecture index
 * @param measured of each form the architecture index of the cell that was measured
 */
export function fillForms(
  values: readonly Float64Array[],
  forms: readonly string[],
  measured: ReadonlyMap<string, number>,
): void {
  forms.forEach((form, index) => {
    const from = measured.get(form);
    if (from !== undefined) for (const column of values) column[index] = column[from]!;
  });
}
