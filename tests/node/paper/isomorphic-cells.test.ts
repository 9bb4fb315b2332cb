import { expect, test } from 'vitest';
import { CELL_COUNT, genotypeAtIndex } from '../../../src/paper/benchmark-index';
import { canonicalForm } from '../../../src/paper/isomorphism';
import { distinctCells, isomorphicCount } from '../../../src/paper/isomorphic-cells';

const all = Array.from({ length: CELL_COUNT }, (_, index) => genotypeAtIndex(index));

test('there are 6,466 classes of isomorphic cells, and their sizes fill the space', () => {
  const distinct = distinctCells(all);
  expect(distinct).toHaveLength(6466);
  expect(distinct.reduce((sum, cell) => sum + isomorphicCount(cell), 0)).toBe(CELL_COUNT);
});

test('the first cell of a class stands for it, in the order of the list', () => {
  const some = [all[5]!, all[7]!, all[5]!, all[3]!];
  expect(distinctCells(some)).toEqual([all[5], all[7], all[3]]);
  const forms = distinctCells(all.slice(0, 500)).map((cell) => canonicalForm(cell));
  expect(new Set(forms).size).toBe(forms.length);
});
