import { MersenneTwister } from '../cpython-random';
import { ONE_SHOT_OPERATIONS } from '../operation';
import { withFurtherSeeds, type TableEntry, type TablePart } from '../scaled-table';
import type { OneShotSpace } from './nas-bench-1shot1';
import type { OneShotCell, OneShotShape } from './one-shot';
import { formatOneShot } from './one-shot-string';

/** Cells that are drawn from the space, so that its best and its worst are not those of the visits. */
const DRAWN = 500;
/** Any; fixed so that everybody draws the same cells. */
const SEED = 101;

/**
 * All measurements of a NAS-Bench-1Shot1 table in their order: cells that were visited, every tenth
 * of them first and with two seeds, further seeds of those at the table's scale, and cells drawn at random, the same ones every time.
 *
 * @param visited,elsewhere architecture strings, by runs at the table's scale or at another one
 * @param seeds of cells visited at the table's scale, at least one; other cells have one
 */
export function oneShotTableEntries(
  space: OneShotSpace,
  visited: Iterable<string>,
  elsewhere: Iterable<string>,
  seeds: number,
): TableEntry[] {
  const taken = new Map<string, TableEntry>();
  const add = (part: TablePart, forms: Iterable<string>) => {
    for (const form of forms) {
      if (!taken.has(form)) taken.set(form, { arch: form, form, part, seed: 0 });
    }
  };
  // A form is the string of the cell that stands for the others.
  const formsOf = (archs: Iterable<string>) => Array.from(new Set(archs), space.form).sort();
  add('visited', formsOf(visited));
  add('visited elsewhere', formsOf(elsewhere));
  add('rest', drawnForms(space));
  return withFurtherSeeds([...taken.values()], seeds);
}

function drawnForms({ shape, form }: OneShotSpace): Set<string> {
  const random = new MersenneTwister(SEED);
  const forms = new Set<string>();
  while (forms.size < DRAWN) forms.add(form(formatOneShot(drawCell(shape, random))));
  return forms;
}

/** Parents and operations, each choice independent and uniform. */
function drawCell({ kept, keptByOutput }: OneShotShape, random: MersenneTwister): OneShotCell {
  const some = (count: number, of: number) => {
    const nodes = new Set<number>();
    while (nodes.size < count) nodes.add(random.below(of));
    return [...nodes].sort((a, b) => a - b);
  };
  return {
    ops: kept.map(() => ONE_SHOT_OPERATIONS[random.below(ONE_SHOT_OPERATIONS.length)]!),
    parents: kept.map((count, at) => some(count, at + 1)),
    output: some(keptByOutput, kept.length + 1),
  };
}
