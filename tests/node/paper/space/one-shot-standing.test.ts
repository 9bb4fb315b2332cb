import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ONE_SHOT_OPERATIONS } from '../../../../src/paper/operation';
import { ONE_SHOT_1, ONE_SHOT_2, ONE_SHOT_3 } from '../../../../src/paper/space/nas-bench-1shot1';
import {
  prune,
  pruneTopology,
  topologies,
  type OneShotCell,
} from '../../../../src/paper/space/one-shot';
import { canonicalOneShot } from '../../../../src/paper/space/one-shot-isomorphism';
import { blockWidths } from '../../../../src/paper/space/one-shot-network';
import { standingOneShot } from '../../../../src/paper/space/one-shot-standing';
import { formatOneShot, parseOneShot } from '../../../../src/paper/space/one-shot-string';
import { oneShotTableEntries } from '../../../../src/paper/space/one-shot-table';

const SPACES = [ONE_SHOT_1, ONE_SHOT_2, ONE_SHOT_3];

/** Any cell of the space, loose ends included. */
const cellOf = (space: (typeof SPACES)[number]) => {
  const all = [...topologies(space.shape)];
  return fc
    .tuple(
      fc.integer({ min: 0, max: all.length - 1 }),
      fc.array(fc.constantFrom(...ONE_SHOT_OPERATIONS), {
        minLength: space.choices,
        maxLength: space.choices,
      }),
    )
    .map(([at, ops]): OneShotCell => ({ ...all[at]!, ops }));
};

describe.each(SPACES)('the cell that stands for others: $label', (space) => {
  test('is a cell of the space, isomorphic to it, and stands for itself', () => {
    fc.assert(
      fc.property(cellOf(space), (cell) => {
        const standing = standingOneShot(space.shape, cell);
        expect(parseOneShot(space.shape, formatOneShot(standing))).toEqual(standing);
        expect(canonicalOneShot(standing)).toBe(canonicalOneShot(cell));
        expect(standingOneShot(space.shape, standing)).toEqual(standing);
        // What stands for each other is equally wide everywhere.
        const widths = (one: OneShotCell) => blockWidths(prune(one), 8).filter((own) => own > 0);
        if (cell.output.filter((node) => node > 0).length > 2) {
          expect(standing).toEqual(prune(cell));
        } else {
          expect(new Set([...widths(standing), ...widths(cell)]).size).toBe(1);
        }
      }),
    );
  });
});

test('isomorphic cells of space 1 have one that stands for all', () => {
  const { shape } = ONE_SHOT_1;
  const forms = new Map<string, Set<string>>();
  for (const topology of topologies(shape)) {
    const { parents, output } = pruneTopology(topology);
    // Two operations in turn tell blocks apart.
    const ops = parents.map((_, at) => ONE_SHOT_OPERATIONS[at % 2]!);
    for (const turn of [ops, ops.toReversed()]) {
      const cell = prune({ parents, output, ops: turn });
      const known = forms.get(canonicalOneShot(cell)) ?? new Set();
      forms.set(canonicalOneShot(cell), known.add(ONE_SHOT_1.form(formatOneShot(cell))));
    }
  }
  expect(forms.size).toBeGreaterThan(50);
  expect([...forms.values()].every((set) => set.size === 1)).toBe(true);
});

test('widths are as NAS-Bench-101 shares them', () => {
  const cell = {
    parents: [[0], [0], [0, 1], [1, 3]],
    output: [1, 2, 4],
  };
  expect(blockWidths(cell, 128)).toEqual([43, 43, 42, 42]);
  expect(blockWidths(cell, 9)).toEqual([3, 3, 3, 3]);
  // The third is read by the fourth alone, and the first by both, yet is the output's as well.
  expect(blockWidths(cell, 8)).toEqual([3, 3, 2, 2]);
  expect(blockWidths({ parents: [[0], [0, 1], [], [1, 2]], output: [0, 4] }, 8)).toEqual([
    8, 8, 0, 8,
  ]);
});

test('a table asks for visited cells, then their further seeds, then the same drawn ones', () => {
  const arch =
    '|maxpool3x3~0|+|conv3x3-bn-relu~0|+|loose|+|conv1x1-bn-relu~1~2|+|loose|+|output~0~4|';
  const same =
    '|conv3x3-bn-relu~0|+|maxpool3x3~0|+|maxpool3x3~2|+|loose|+|conv1x1-bn-relu~1~2|+|output~0~5|';
  const entries = oneShotTableEntries(ONE_SHOT_3, [arch, same], [same], 3);
  expect(entries.slice(0, 3).map(({ part, seed }) => `${part} ${seed}`)).toEqual([
    'seed noise 0',
    'seed noise 1',
    'further seeds 2',
  ]);
  const rest = entries.slice(3);
  expect(rest.every(({ part, seed }) => part === 'rest' && seed === 0)).toBe(true);
  expect(new Set(rest.map(({ form }) => form)).size).toBe(rest.length);
  expect(rest.length).toBeGreaterThanOrEqual(499);
  const others = oneShotTableEntries(ONE_SHOT_3, [], [], 1);
  expect(others.map(({ arch }) => arch)).toEqual(expect.arrayContaining(rest.map((e) => e.arch)));
  // What is trained and what a cell is looked up by are the same.
  expect(others.every((entry) => ONE_SHOT_3.form(entry.arch) === entry.form)).toBe(true);
});
