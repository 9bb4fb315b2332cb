import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CELL_COUNT, genotypeAtIndex } from '../../../src/paper/benchmark-index';
import { formatGenotype } from '../../../src/paper/genotype';
import { scaleByName, SCALES } from '../../../src/paper/scale';
import { formatSeeds } from '../../../src/paper/seeds';
import { resolveStandAlone, SCHEDULE_KEYS } from '../../../src/paper/stand-alone';
import { usedBlocks } from '../../../src/paper/space/one-shot';
import { formatOneShot, parseOneShot } from '../../../src/paper/space/one-shot-string';
import { oneShotKeyOf, oneShotSpaceByKey, spaceOfArch } from '../../../src/paper/space/registry';
import { ONE_SHOT_KEYS } from '../../../src/paper/space/space';
import { cellKey } from '../../../src/store/stored-cell';
import { cellFacts, oneShotFacts, type Fact } from '../../../src/view/cells/facts';
import {
  choicesOf,
  firstOneShot,
  layoutOneShot,
  nodesWords,
  oneShotSummary,
  shortOneShot,
  withBlock,
  withOutput,
} from '../../../src/view/cells/one-shot';
import { parametersOf } from '../../../src/view/cells/words';
import { readOrder, writeOrder } from '../../../src/view/cells/order';
import { formatCellLink, parseLink } from '../../../src/view/link';

const arch = fc.integer({ min: 0, max: CELL_COUNT - 1 }).map((index) => {
  return formatGenotype(genotypeAtIndex(index));
});
const schedule = fc.constantFrom(...SCHEDULE_KEYS);
const scale = fc.constantFrom(...SCALES.map(({ name }) => name), 'c4-n1-r8-i32-b16');

describe('the link to a cell', () => {
  test('comes back as it was written', () => {
    const seeds = fc.uniqueArray(fc.nat(500), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(arch, scale, schedule, seeds, (cell, size, key, list) => {
        const hash = formatCellLink({
          arch: cell,
          scale: size,
          schedule: key,
          seeds: formatSeeds(list),
        });
        expect(parseLink(hash)).toEqual({
          place: 'cell',
          arch: cell,
          settings: { scale: size },
          schedule: key,
          seeds: list,
          problems: [],
        });
      }),
    );
  });

  test('may be written by hand, without codes', () => {
    const cell = formatGenotype(genotypeAtIndex(11472));
    expect(parseLink(`#/cell?arch=${cell}`)).toMatchObject({ arch: cell, problems: [] });
  });

  test('keeps a string that is no cell, for its field to say so, and refuses a wrong schedule', () => {
    expect(parseLink('#/cell?arch=nonsense&schedule=long')).toEqual({
      place: 'cell',
      settings: {},
      arch: 'nonsense',
      problems: ['In the link, Schedule: must be one of benchmark, short, not "long".'],
    });
  });
});

describe('the note of an order', () => {
  test('comes back as it was written', () => {
    const cells = fc.array(fc.record({ arch, seed: fc.nat() }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(schedule, scale, cells, (key, size, list) => {
        const order = { schedule: key, scale: size, cells: list };
        expect(readOrder(writeOrder(order))).toEqual(order);
        for (const space of ONE_SHOT_KEYS) {
          expect(readOrder(writeOrder({ ...order, space }))).toEqual({ ...order, space });
        }
      }),
    );
  });

  test.each([
    null,
    '',
    'nonsense',
    '{}',
    '{"schedule":"short","scale":"tiny","cells":[]}',
    '{"schedule":"long","scale":"tiny","cells":[["|none~0|",0]]}',
    '{"schedule":"short","scale":"tiny","cells":[["|none~0|",-1]]}',
    '{"schedule":"short","scale":"tiny","cells":[[3,0]]}',
    '{"schedule":"short","space":"nas-bench-101","scale":"tiny","cells":[["|none~0|",0]]}',
  ])('%j is none', (note) => {
    expect(readOrder(note)).toBeNull();
  });
});

describe('a cell of NAS-Bench-1Shot1', () => {
  const spaces = ONE_SHOT_KEYS.map((key) => oneShotSpaceByKey(key));

  test.each(spaces)(
    '$label: its string tells its space, and every edit leaves a cell',
    ({ key, shape, rows, derive, form }) => {
      const alpha = fc.tuple(
        ...rows([]).map(({ columns }) =>
          fc.array(fc.double({ min: -3, max: 3, noNaN: true }), {
            minLength: columns.length,
            maxLength: columns.length,
          }),
        ),
      );
      fc.assert(
        fc.property(alpha, fc.nat(), fc.nat(), (values, some, other) => {
          const text = derive(values, []);
          expect(spaceOfArch(text).key).toBe(key);
          // The cell that stands for it has its loose ends pruned.
          for (const written of [text, form(text)]) {
            expect(oneShotKeyOf(written)).toBe(key);
            const cell = parseOneShot(shape, written);
            const block = 1 + (some % shape.kept.length);
            const sets = choicesOf(shape.kept[block - 1]!, block);
            const nodes = sets[other % sets.length]!;
            const op = 'maxpool3x3';
            const changed = withBlock(shape, cell, block, { op, nodes });
            expect(parseOneShot(shape, formatOneShot(changed))).toEqual(changed);
            expect([changed.ops[block - 1], changed.parents[block - 1]]).toEqual([op, nodes]);
            const outputs = choicesOf(shape.keptByOutput, shape.kept.length + 1);
            const moved = withOutput(shape, cell, outputs[other % outputs.length]!);
            expect(parseOneShot(shape, formatOneShot(moved))).toEqual(moved);
          }
          const task = { configDigest: 'c', seed: 1 };
          expect(cellKey({ ...task, arch: text })).toEqual(cellKey({ ...task, arch: form(text) }));
        }),
      );
      const first = firstOneShot(shape);
      expect(parseOneShot(shape, formatOneShot(first))).toEqual(first);
      expect(usedBlocks(first).size).toBe(shape.kept.length);
    },
  );

  test('is told in short and in words', () => {
    const { shape } = spaces[0]!;
    const cell = parseOneShot(
      shape,
      '|conv3x3-bn-relu~0|+|loose|+|maxpool3x3~0~1|+|conv1x1-bn-relu~1~3|+|output~0~4|',
    );
    expect(shortOneShot(cell)).toBe('1:3×3←0 3:max←0,1 4:1×1←1,3 out←0,4');
    expect(oneShotSummary(cell)).toBe(
      'Block 1: 3×3 convolution of input. Block 2 leads nowhere. Block 3: max pooling of input and block 1. ' +
        'Block 4: 1×1 convolution of block 1 and block 3. The output reads input and block 4.',
    );
    expect(nodesWords([0, 1, 3])).toBe('input, block 1 and block 3');
    expect(choicesOf(2, 3)).toEqual([
      [0, 1],
      [0, 2],
      [1, 2],
    ]);
  });

  test.each([240, 560])('is drawn within its room, %i pixels wide, from left to right', (width) => {
    for (const { shape } of spaces) {
      const { nodes, arcs, height, radius } = layoutOneShot(firstOneShot(shape), width);
      expect(nodes).toHaveLength(shape.kept.length + 2);
      nodes.forEach(({ x, y, number }, at) => {
        expect(number === '').toBe(at === 0 || at === nodes.length - 1);
        if (at > 0) expect(x - nodes[at - 1]!.x).toBeGreaterThan(1.5 * radius);
        expect(x - radius).toBeGreaterThanOrEqual(0);
        expect(x + radius).toBeLessThanOrEqual(width);
        expect(y + radius).toBeLessThan(height);
      });
      const read = shape.kept.reduce<number>((sum, count) => sum + count, shape.keptByOutput);
      expect(arcs).toHaveLength(read);
    }
    const { shape } = spaces[0]!;
    const far = layoutOneShot({ ...firstOneShot(shape), output: [0, 1] }, width);
    expect(far.nodes.map(({ faint }) => faint)).toEqual([false, false, true, true, true, false]);
    // The highest point of a cubic curve lies three quarters of the way to its control points.
    for (const { path } of far.arcs) {
      const [, foot, , top] = path.match(/-?[\d.]+/g)!.map(Number);
      expect(foot! + 0.75 * (top! - foot!)).toBeGreaterThan(0);
    }
  });

  test('comes back from its link', () => {
    const cell = formatOneShot(firstOneShot(spaces[2]!.shape));
    expect(parseLink(formatCellLink({ arch: cell }))).toMatchObject({ arch: cell, problems: [] });
  });
});

describe('what is known of a cell before it is trained', () => {
  const told = (facts: readonly Fact[]) =>
    facts.map(({ term, code = '', words }) => `${term}: ${code}${words}`);

  test('in NAS-Bench-201: its index, parameters, isomorphic cells and output', () => {
    const at = (scale: string) => resolveStandAlone('short', scaleByName(scale), null);
    const resnet = genotypeAtIndex(11472);
    const tiny = at('tiny');
    expect(told(cellFacts(resnet, tiny))).toEqual([
      'NAS-Bench-201 index: 11,472',
      `parameters, C=${tiny.channels} N=${tiny.cells}: ${parametersOf(formatGenotype(resnet), tiny).toLocaleString('en')}`,
      'parameters, C=16 N=5: 559,386',
      expect.stringMatching(/^cells isomorphic to it: (no other|[\d,]+ others) of 15,625$/),
      'output: connected to the input',
    ]);
    // The benchmark's own size is told once.
    expect(cellFacts(resnet, at('paper'))).toEqual(cellFacts(resnet, null));
    const none = genotypeAtIndex(0).map(() => 'none' as const);
    expect(told(cellFacts(none, null)).at(-1)).toMatch(/^output: cut off: only none leads to it/);
  });

  test('in NAS-Bench-1Shot1: blocks in use, and the cell that it counts as', () => {
    const { shape, form, label } = oneShotSpaceByKey('nas-bench-1shot1-1');
    const arch =
      '|conv3x3-bn-relu~0|+|conv3x3-bn-relu~0~1|+|maxpool3x3~0~1|+|conv1x1-bn-relu~0~1|+|output~3~4|';
    const shown = { space: 'nas-bench-1shot1-1', cell: parseOneShot(shape, arch) } as const;
    const config = resolveStandAlone('short', scaleByName('tiny'), shown.space);
    const facts = oneShotFacts(shown, config);
    expect(facts.map(({ term }) => term)).toEqual([
      'search space',
      `parameters, C=${config.channels} N=${config.cells}`,
      'blocks in use',
      'counts as',
    ]);
    expect(told(facts)[0]).toBe(`search space: ${label}`);
    expect(facts[2]!.words).toBe(
      '3 of 4; the output is not reached from block 2, so the network has it not',
    );
    expect(facts[3]!.code).toBe(form(arch));
    expect(facts[3]!.words).toMatch(/^, which has other numbers or no loose ends/);
    const standing = { ...shown, cell: parseOneShot(shape, form(arch)) };
    expect(told(oneShotFacts(standing, config)).at(-1)).toBe('counts as: itself');
  });
});
