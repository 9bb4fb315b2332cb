import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CELL_COUNT, genotypeAtIndex } from '../../../src/paper/benchmark-index';
import { formatGenotype } from '../../../src/paper/genotype';
import { SCALES } from '../../../src/paper/scale';
import { formatSeeds } from '../../../src/paper/seeds';
import { SCHEDULE_KEYS } from '../../../src/paper/stand-alone';
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
  ])('%j is none', (note) => {
    expect(readOrder(note)).toBeNull();
  });
});
