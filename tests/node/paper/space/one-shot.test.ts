import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GenotypeError } from '../../../../src/paper/genotype';
import { ONE_SHOT_OPERATIONS } from '../../../../src/paper/operation';
import {
  choosingBlocks,
  deriveOneShot,
  isGenerated,
  ONE_SHOT_SHAPES,
  oneShotRows,
  prune,
  pruneTopology,
  topologies,
  usedBlocks,
  type OneShotCell,
  type OneShotShape,
  type OneShotTopology,
} from '../../../../src/paper/space/one-shot';
import {
  countChoices,
  countOneShotStepMultiplyAdds,
  countOneShotParameters,
  countPruned,
  oneShotResolutions,
} from '../../../../src/paper/space/one-shot-count';
import { canonicalOneShot } from '../../../../src/paper/space/one-shot-isomorphism';
import { formatOneShot, parseOneShot } from '../../../../src/paper/space/one-shot-string';

const [SPACE_1, SPACE_2, SPACE_3] = ONE_SHOT_SHAPES;
const shapes = fc.constantFrom<OneShotShape>(...ONE_SHOT_SHAPES);

const alphaOf = (shape: OneShotShape) =>
  fc.tuple(
    ...oneShotRows(shape).map(({ columns }) =>
      fc.array(fc.double({ min: -5, max: 5, noNaN: true }), {
        minLength: columns.length,
        maxLength: columns.length,
      }),
    ),
  );

const derived = shapes.chain((shape) =>
  alphaOf(shape).map((alpha) => ({ shape, alpha, cell: deriveOneShot(shape, alpha) })),
);

describe('the three spaces', () => {
  it.each([
    ['space 1', SPACE_1, 24, [3, 4], 14_580, 2_487, 3_702, 1_101_402],
    ['space 2', SPACE_2, 26, [2, 3, 4], 29_160, 3_609, 12_474, 1_101_402],
    ['space 3', SPACE_3, 35, [2, 3, 4, 5], 1_312_200, 24_066, 135_900, 1_509_594],
  ] as const)(
    '%s has the reference’s sizes',
    (_, shape, scalars, choosing, choices, generated, reachable, parameters) => {
      const total = oneShotRows(shape).reduce((sum, { columns }) => sum + columns.length, 0);
      expect(total).toBe(scalars);
      expect(choosingBlocks(shape)).toEqual(choosing);
      expect(countChoices(shape)).toBe(choices);
      expect(countPruned(shape, isGenerated)).toBe(generated);
      expect(countPruned(shape)).toBe(reachable);
      expect(countOneShotParameters(shape, { channels: 16, cells: 3 })).toBe(parameters);
    },
  );

  it('keep nine edges in every cell with loose ends', () => {
    for (const shape of ONE_SHOT_SHAPES) {
      for (const { parents, output } of topologies(shape)) {
        expect(parents.flat().length + output.length).toBe(9);
        parents.forEach((nodes, at) => expect(nodes.every((node) => node <= at)).toBe(true));
      }
    }
  });

  it('cost five forward passes a step', () => {
    // Space 3, one image, C = 1: stem, three cells of one, one convolution, a classifier.
    const cells = 64 * (10 + 50) + 25 * (2 * 5 * 5 * 2 + 50 * 4) + 9 * (2 * 5 * 10 * 4 + 50 * 16);
    const forward = 27 * 64 + cells + 9 * 20 * 4 + 40;
    const network = { channels: 1, cells: 1, resolution: 8, batch: 1 };
    expect(countOneShotStepMultiplyAdds(ONE_SHOT_SHAPES[2], network)).toBe(5 * forward);
  });

  it('grow one pixel at every pooling', () => {
    expect(oneShotResolutions(32)).toEqual([32, 17, 9]);
    expect(oneShotResolutions(8)).toEqual([8, 5, 3]);
  });
});

describe('derivation', () => {
  it('takes the strongest operation per block and as many parents as the space keeps', () => {
    const alpha = [
      [0, 1, 0],
      [2, 1, 0],
      [0, 0, 3],
      [1, 0, 0],
      [0.1, 0.5, 0.2, 0.9, 0.3],
      [3, 1, 2],
      [0, 5, 4, 1],
    ];
    expect(deriveOneShot(SPACE_1, alpha)).toEqual({
      ops: ['conv3x3-bn-relu', 'maxpool3x3', 'conv1x1-bn-relu', 'maxpool3x3'],
      parents: [[0], [0, 1], [0, 2], [1, 2]],
      output: [1, 3],
    });
  });

  it('prunes what does not reach the output', () => {
    const cell = {
      ops: ['conv3x3-bn-relu', 'maxpool3x3', 'conv1x1-bn-relu', 'maxpool3x3'],
      parents: [[0], [0, 1], [0, 2], [1, 2]],
      output: [0, 1],
    } as const;
    expect(prune(cell)).toEqual({
      ops: ['conv3x3-bn-relu', null, null, null],
      parents: [[0], [], [], []],
      output: [0, 1],
    });
  });

  it('keeps the number of parents, whatever alpha', () => {
    fc.assert(
      fc.property(derived, ({ shape, cell }) => {
        expect(cell.parents.map((nodes) => nodes.length)).toEqual(shape.kept);
        expect(cell.output).toHaveLength(shape.keptByOutput);
        expect(cell.ops.every((name) => ONE_SHOT_OPERATIONS.includes(name!))).toBe(true);
      }),
    );
  });

  it('prunes once: a pruned cell has nothing more to drop', () => {
    fc.assert(
      fc.property(derived, ({ cell }) => {
        const pruned = prune(cell);
        expect(prune(pruned)).toEqual(pruned);
        expect(usedBlocks(pruned)).toEqual(usedBlocks(cell));
      }),
    );
  });

  it('does not depend on a constant added to a row', () => {
    fc.assert(
      fc.property(derived, fc.constantFrom(-8, 0.5, 16), ({ shape, alpha, cell }, shift) => {
        // Sums that round could tie values that differ.
        const grid = alpha.map((row) => row.map((value) => Math.round(value * 2 ** 20) / 2 ** 20));
        const moved = grid.map((row) => row.map((value) => value + shift));
        expect(deriveOneShot(shape, moved)).toEqual(deriveOneShot(shape, grid));
        expect(cell.ops).toHaveLength(shape.kept.length);
      }),
    );
  });

  it('names a row of the wrong length and a value that is NaN', () => {
    const good = oneShotRows(SPACE_2).map(({ columns }) => columns.map(() => 0));
    const wrong = (row: number, values: number[]) =>
      good.map((old, at) => (at === row ? values : old));
    expect(() => deriveOneShot(SPACE_2, good.slice(1))).toThrow(/7 rows; this space has 8/);
    expect(() => deriveOneShot(SPACE_2, wrong(4, [0, 0]))).toThrow(/output has 2 values for 5/);
    expect(() => deriveOneShot(SPACE_2, wrong(5, [0, NaN]))).toThrow(
      /1 in inputs of block 2 is NaN/,
    );
  });
});

describe('the string of a cell', () => {
  it('names operation and parents of every block', () => {
    const text =
      '|conv3x3-bn-relu~0|+|maxpool3x3~0~1|+|conv1x1-bn-relu~0~2|+|maxpool3x3~1~2|+|output~1~3|';
    const cell = parseOneShot(SPACE_1, text);
    expect(formatOneShot(cell)).toBe(text);
    expect(formatOneShot(prune(cell))).toBe(
      '|conv3x3-bn-relu~0|+|maxpool3x3~0~1|+|conv1x1-bn-relu~0~2|+|loose|+|output~1~3|',
    );
  });

  it('is read back, pruned or not', () => {
    fc.assert(
      fc.property(derived, ({ shape, cell }) => {
        expect(parseOneShot(shape, formatOneShot(cell))).toEqual(cell);
        const pruned = prune(cell);
        expect(parseOneShot(shape, formatOneShot(pruned))).toEqual(pruned);
      }),
    );
  });

  it.each([
    ['|maxpool3x3~0|', /1 groups, where this space has 4 blocks/],
    ['|pool~0|+|loose|+|loose|+|loose|+|output~0~1|', /block 1 needs one of .* not "pool"/],
    ['|maxpool3x3|+|loose|+|loose|+|loose|+|output~0~1|', /block 1 has 0 parents.*keeps 1/],
    ['|maxpool3x3~0|+|loose|+|loose|+|loose|+|output~0~2|', /block 2 is loose, yet/],
    ['|maxpool3x3~0|+|loose|+|loose|+|loose|+|output~1~0|', /must ascend below 5, not 1, 0/],
    ['|maxpool3x3~0|+|loose|+|loose|+|loose|+|in~0~1|', /must be the output, not "in"/],
    ['maxpool3x3~0|+|loose|+|loose|+|loose|+|output~0~1|', /block 1 reads "maxpool3x3~0\|"/],
  ])('%s is refused', (text, message) => {
    expect(() => parseOneShot(SPACE_1, text)).toThrow(GenotypeError);
    expect(() => parseOneShot(SPACE_1, text)).toThrow(message);
  });
});

describe('isomorphic cells', () => {
  /** Every pruned cell of a space once. */
  function prunedCells(shape: OneShotShape): OneShotCell[] {
    const seen = new Map<string, OneShotTopology>();
    for (const topology of topologies(shape)) {
      const pruned = pruneTopology(topology);
      seen.set(JSON.stringify(pruned), pruned);
    }
    return [...seen.values()].flatMap((topology) =>
      topology.parents.reduce<OneShotCell[]>(
        (cells, nodes) =>
          cells.flatMap((cell) =>
            (nodes.length === 0 ? [null] : ONE_SHOT_OPERATIONS).map((name) => ({
              ...cell,
              ops: [...cell.ops, name],
            })),
          ),
        [{ ...topology, ops: [] }],
      ),
    );
  }

  it.each([
    ['space 1', SPACE_1, 3_702, 2_685],
    ['space 2', SPACE_2, 12_474, 7_773],
  ] as const)('are as many in %s as the reference counts', (_, shape, cells, classes) => {
    const all = prunedCells(shape);
    expect(new Set(all.map(formatOneShot)).size).toBe(cells);
    expect(new Set(all.map(canonicalOneShot)).size).toBe(classes);
  });

  it('are as many in space 3 as the reference counts', { timeout: 120_000 }, () => {
    expect(new Set(prunedCells(SPACE_3).map(canonicalOneShot)).size).toBe(55_854);
  });

  it('share a string however their blocks are numbered and whatever hangs loose', () => {
    const one = parseOneShot(
      SPACE_3,
      '|maxpool3x3~0|+|conv3x3-bn-relu~0|+|loose|+|conv1x1-bn-relu~1~2|+|loose|+|output~0~4|',
    );
    const other = parseOneShot(
      SPACE_3,
      '|conv3x3-bn-relu~0|+|maxpool3x3~0|+|maxpool3x3~2|+|loose|+|conv1x1-bn-relu~1~2|+|output~0~5|',
    );
    expect(canonicalOneShot(other)).toBe(canonicalOneShot(one));
    const different = { ...one, output: [2, 4] };
    expect(canonicalOneShot(different)).not.toBe(canonicalOneShot(one));
  });
});
