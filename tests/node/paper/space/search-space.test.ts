import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ONE_SHOT_1, ONE_SHOT_2, ONE_SHOT_3 } from '../../../../src/paper/space/nas-bench-1shot1';
import { prune } from '../../../../src/paper/space/one-shot';
import { formatOneShot, parseOneShot } from '../../../../src/paper/space/one-shot-string';
import { deriveGenotype, formatGenotype } from '../../../../src/paper/genotype';
import { operationMagnitude } from '../../../../src/paper/magnitude';
import { SPACE_KEYS, operationNames, operationRows } from '../../../../src/paper/space/space';
import { SPACES, spaceByKey } from '../../../../src/paper/space/registry';
import { alphaOf, operations } from '../arbitrary';

const SHAPES = new Map([ONE_SHOT_1, ONE_SHOT_2, ONE_SHOT_3].map(({ key, shape }) => [key, shape]));

const anySpace = fc.constantFrom(...SPACES);

const alphaIn = anySpace.chain((space) =>
  fc
    .tuple(
      ...space.rows(operationNames(space)).map(({ columns }) =>
        fc.array(fc.double({ min: -4, max: 4, noNaN: true }), {
          minLength: columns.length,
          maxLength: columns.length,
        }),
      ),
    )
    .map((alpha) => ({ space, alpha })),
);

describe('every search space', () => {
  it('is found by its key', () => {
    expect(SPACES.map(({ key }) => key)).toEqual(SPACE_KEYS);
    expect(spaceByKey('nas-bench-1shot1-3').choices).toBe(5);
  });

  it('has its operation rows first, one per choice', () => {
    for (const space of SPACES) {
      const kinds = space.rows(operationNames(space)).map(({ kind }) => kind);
      expect(kinds.lastIndexOf('operation')).toBe(space.choices - 1);
      expect(kinds.filter((kind) => kind === 'operation')).toHaveLength(space.choices);
    }
  });

  it('derives an architecture whose choices are the rows’ largest alphas', () => {
    fc.assert(
      fc.property(alphaIn, ({ space, alpha }) => {
        const ops = operationNames(space);
        const held = space.held(space.derive(alpha, ops));
        const expected = operationRows(space, alpha).map(
          (row) => ops[row.indexOf(Math.max(...row))],
        );
        expect(held).toEqual(expected);
      }),
    );
  });

  it('has magnitudes over choices alone: connection weights do not enter', () => {
    fc.assert(
      fc.property(alphaIn, ({ space, alpha }) => {
        const moved = alpha.map((row, at) =>
          at < space.choices ? row : row.map((_, column) => column),
        );
        expect(operationMagnitude(operationRows(space, moved))).toEqual(
          operationMagnitude(operationRows(space, alpha)),
        );
      }),
    );
  });

  it('finds an architecture in a table with loose ends or without', () => {
    fc.assert(
      fc.property(alphaIn, ({ space, alpha }) => {
        const arch = space.derive(alpha, operationNames(space));
        const one = SHAPES.get(space.key);
        const pruned = one === undefined ? arch : formatOneShot(prune(parseOneShot(one, arch)));
        expect(space.form(pruned)).toBe(space.form(arch));
      }),
    );
  });
});

it('NAS-Bench-201 derives as before, for any subset of operations', () => {
  fc.assert(
    fc.property(
      operations.chain((ops) => fc.tuple(fc.constant(ops), alphaOf(ops.length))),
      ([ops, alpha]) => {
        expect(spaceByKey('nas-bench-201').derive(alpha, ops)).toBe(
          formatGenotype(deriveGenotype(alpha, ops)),
        );
      },
    ),
  );
});

it('a block that was pruned has no operation to name', () => {
  const space = spaceByKey('nas-bench-1shot1-1');
  expect(() => space.held('|maxpool3x3~0|+|loose|+|loose|+|loose|+|output~0~1|')).toThrow(
    /Block 2 was pruned/,
  );
});
