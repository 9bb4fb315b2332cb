import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CELL_COUNT, genotypeAtIndex } from '../../../../src/paper/benchmark-index';
import { formatGenotype, parseGenotype } from '../../../../src/paper/genotype';
import { canonicalForm } from '../../../../src/paper/isomorphism';
import { TableReader } from '../../../../src/paper/table/read';
import { BENCHMARK_COLUMNS, TableError } from '../../../../src/paper/table/table';
import { inventedAccuracy, inventedCsv } from '../../../support/invented-table';

function read(text: string, source = 'table.csv', pieces: readonly number[] = []) {
  const reader = new TableReader(source);
  let at = 0;
  for (const length of pieces) reader.push(text.slice(at, (at += length)));
  reader.push(text.slice(at));
  return reader.end();
}

function refusal(text: string): TableError {
  try {
    read(text);
  } catch (error) {
    expect(error).toBeInstanceOf(TableError);
    return error as TableError;
  }
  throw new Error('It was accepted.');
}

const arch = (index: number) => formatGenotype(genotypeAtIndex(index));
/** A table of these cells, that says so. */
const part = (...rows: readonly string[]) =>
  [`# cells: ${rows.length}`, 'arch,accuracy', ...rows].join('\n');

const full = inventedCsv();
const lines = full.split('\n');
/** The full table with one line in place of another; line 1 is the header. */
const withLine = (row: number, line: string) => lines.with(row - 1, line).join('\n');

describe('a table is read', () => {
  test('in full, by architecture index', () => {
    const table = read(full, 'invented.csv');
    expect(table).toMatchObject({ name: 'invented', cells: CELL_COUNT, folding: null });
    expect(table.columns).toEqual(BENCHMARK_COLUMNS);
    for (const index of [0, 1835, 15624]) {
      expect(table.values.map((values) => values[index])).toEqual(
        BENCHMARK_COLUMNS.map((_, column) => inventedAccuracy(index, column)),
      );
    }
  });

  test('as it was written, wherever the pieces of its text end', () => {
    const some = fc.uniqueArray(fc.nat(CELL_COUNT - 1), { minLength: 1, maxLength: 30 });
    const value = fc.integer({ min: 20_000, max: 1_000_000 }).map((whole) => whole / 10_000);
    fc.assert(
      fc.property(
        some,
        fc.array(value, { minLength: 30, maxLength: 30 }),
        fc.array(fc.nat(200), { maxLength: 20 }),
        fc.constantFrom('\n', '\r\n'),
        (indices, values, pieces, end) => {
          const rows = indices.map((index, at) => `${arch(index)},${values[at]}`);
          const text = part(...rows).replaceAll('\n', end);
          const table = read(text, 'part.csv', pieces);
          expect(table.cells).toBe(indices.length);
          const known = [...table.values[0]!].flatMap((one, index) =>
            Number.isNaN(one) ? [] : [[index, one]],
          );
          const written = indices.map((index, at) => [index, values[at]]);
          expect(known).toEqual(written.sort((a, b) => a[0]! - b[0]!));
        },
      ),
      { numRuns: 50 },
    );
  });

  test('by the names of its columns, in whatever order they stand', () => {
    const table = read(
      `# cells: 1\nflops,cifar100_test,arch,"cifar10_test",index\n1e9,70.5,"${arch(7)}",93.25,7\n`,
    );
    expect(table.columns.map(({ label }) => label)).toEqual(['CIFAR-10 test', 'CIFAR-100 test']);
    expect(table.values.map((values) => values[7])).toEqual([93.25, 70.5]);
  });

  test('with a name that it states, and with gaps', () => {
    const table = read(
      `\uFEFF# a remark\n# name: Three seeds\u0007 \n# cells: 2\narch,cifar10_test,in16_test\n${arch(3)},90.5,\n\n${arch(4)},,40\n`,
    );
    expect(table.name).toBe('Three seeds');
    expect(table.values.map((values) => [values[3], values[4]])).toEqual([
      [90.5, NaN],
      [NaN, 40],
    ]);
  });

  test('whose cells share a measurement, with the cells that it stands for', () => {
    // The input through one 3x3 convolution; where the rest of the zero terms stand is free.
    const one = '|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|';
    const text = `# folding: skip-and-none\n${part(`${one},80`)}`;
    const { values, cells } = read(text);
    expect(cells).toBe(1);
    const known = [...values[0]!.keys()].filter((index) => values[0]![index] === 80).map(arch);
    const form = (cell: string) => canonicalForm(parseGenotype(cell));
    const same = Array.from({ length: CELL_COUNT }, (_, index) => arch(index)).filter(
      (cell) => form(cell) === form(one),
    );
    expect(same.length).toBeGreaterThan(1);
    expect(known).toEqual(same);
    const alone = read(part(`${one},80`));
    expect([...alone.values[0]!].filter((value) => value === 80)).toHaveLength(1);
  });
});

describe('a bad table is refused, with row and reason', () => {
  test.each([
    ['empty', '', null, /no header and no rows/],
    ['without a header', lines.slice(1).join('\n'), 1, /a header with a column "arch" is expected/],
    ['with semicolons', full.replaceAll(',', ';'), 1, /separated by commas/],
    ['without accuracies', 'arch,flops\n', 1, /no column of accuracies; known are cifar10_valid/],
    ['with a column twice', 'arch,accuracy,accuracy\n', 1, /two columns "accuracy"/],
    ['of binary data', '\0\x01'.repeat(3000), 1, /longer than 2000 characters/],
    [
      'cut off between rows',
      lines.slice(0, 9001).join('\n'),
      9001,
      /ends after 9000 of 15625 cells/,
    ],
    ['cut off in a row', full.slice(0, 500_000), null, /may be cut off|no cell|ends after/],
    ['shorter than it says', `# cells: 3\narch,accuracy\n${arch(1)},90`, 3, /ends after 1 of 3/],
    [
      'longer than it says',
      part(`${arch(1)},90`, `${arch(2)},90`).replace('2', '1'),
      4,
      /after 2 of 1/,
    ],
    ['with shuffled fields', withLine(8, `${arch(6)},6,1,1,1,1,1,1`), 8, /"6" is no cell/],
    [
      'with another index',
      withLine(8, lines[7]!.replace(/^6,/, '7,')),
      8,
      /index is "7", but .* has index 6/,
    ],
    [
      'with NaN',
      withLine(12, lines[11]!.replace(/[^,]+$/, 'NaN')),
      12,
      /in16_test has to be a number from 0 to 100, or empty, not "NaN"/,
    ],
    ['with an infinite value', part(`${arch(1)},Infinity`), 3, /not "Infinity"/],
    ['with a negative value', part(`${arch(1)},-1`), 3, /not "-1"/],
    ['above 100', part(`${arch(1)},100.1`), 3, /not "100.1"/],
    ['in hexadecimal', part(`${arch(1)},0x10`), 3, /not "0x10"/],
    [
      'with a wrong operation',
      part(`${arch(1).replace('nor_conv_3x3', 'conv_5x5')},90`),
      3,
      /is no cell. Not a cell: at character/,
    ],
    ['with a row twice', withLine(40, lines[20]!), 40, /the cell of row 21 comes again/],
    ['with a row of nothing', part(`${arch(1)},`), 3, /no accuracy/],
    ['with an open quotation mark', part(`"${arch(1)},90`), 3, /quotation mark/],
    ['of fractions', part(`${arch(1)},.9`.replace(',.', ',0.')), null, /have to be percentages/],
    [
      'with an empty column',
      `# cells: 1\narch,cifar10_test,in16_test\n${arch(1)},90,`,
      null,
      /Column in16_test is empty/,
    ],
    ['with an unknown folding', `# folding: all\n${full}`, 1, /skip or skip-and-none, not "all"/],
    ['with an unknown count', `# cells: many\n${full}`, 1, /not "many"/],
    [
      'that folds cells and contradicts itself',
      `# folding: skip-and-none\n${part(
        '|skip_connect~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_3x3~2|,80',
        '|none~0|+|skip_connect~0|none~1|+|none~0|none~1|nor_conv_3x3~2|,81',
      )}`,
      5,
      /isomorphic to that of row 4 and has another accuracy/,
    ],
  ])('%s', (_name, text, row, reason) => {
    const error = refusal(text);
    expect(error.message).toMatch(reason);
    if (row !== null) expect(error).toMatchObject({ row });
  });

  test('whatever is cut off a full table', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: full.lastIndexOf(',') }), (length) => {
        expect(refusal(full.slice(0, length)).message).not.toBe('');
      }),
      { numRuns: 15 },
    );
  });
});
