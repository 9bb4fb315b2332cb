import { benchmarkIndex, CELL_COUNT, genotypeAtIndex } from '../benchmark-index';
import { formatGenotype, GenotypeError, parseGenotype } from '../genotype';
import { canonicalForm, type Folding } from '../isomorphism';
import {
  excerpt,
  NOTHING_STATED,
  readHeader,
  readStatement,
  type Header,
  type Statement,
} from './header';
import { TableError, type TableContent } from './table';

/** Larger files are not read: the benchmark in full has 2 MB. */
export const MAX_TABLE_BYTES = 32 * 2 ** 20;

/** Far longer than any row; a file without line ends is not kept whole. */
const LONGEST_ROW = 2000;
const LONGEST_NAME = 80;
const NUMBER = /^\d+(\.\d*)?(e[+-]?\d+)?$/i;

/**
 * Reads a table of accuracies from CSV, piece by piece; see docs/tables.md. A file is taken as a
 * whole or not at all.
 */
export class TableReader {
  readonly #source: string;
  /** The begun line. */
  #rest = '';
  /** Of the line at hand, from 1. */
  #row = 0;
  #statement: Statement = NOTHING_STATED;
  #header: Header | null = null;
  #values: Float64Array[] = [];
  /** By architecture index the row it stands in, 0 for none. */
  readonly #rows = new Uint32Array(CELL_COUNT);
  #cells = 0;

  /** @param source name of the file, by which the table goes unless it has a name of its own. */
  constructor(source: string) {
    this.#source = source;
  }

  /**
   * @param text of any length, cut anywhere.
   * @throws TableError
   */
  push(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) this.#line(line);
    if (this.#rest.length > LONGEST_ROW) this.#tooLong(this.#row + 1);
  }

  /** @throws TableError */
  end(): TableContent {
    if (this.#rest !== '') this.#line(this.#rest);
    const header = this.#header;
    if (header === null) throw new TableError(null, 'The file has no header and no rows.');
    this.#checkCount();
    this.#checkColumns(header);
    const { folding, name } = this.#statement;
    if (folding !== null) this.#fold(folding);
    return {
      name:
        cleanName(name ?? '') || cleanName(this.#source.replace(/\.(csv|txt)$/i, '')) || 'table',
      cells: this.#cells,
      folding,
      columns: header.accuracies.map(({ column }) => column),
      values: this.#values,
    };
  }

  #line(raw: string): void {
    this.#row++;
    if (raw.length > LONGEST_ROW) this.#tooLong(this.#row);
    // A byte order mark and the end of a Windows line are no part of it.
    const line = raw.replace(/^\uFEFF|\r$/g, '');
    if (line.trim() === '') return;
    if (this.#header !== null) this.#cell(fieldsOf(line, this.#row), this.#header);
    else if (line.startsWith('#')) {
      this.#statement = readStatement(this.#statement, line, this.#row);
    } else {
      this.#header = readHeader(fieldsOf(line, this.#row), this.#row);
      this.#values = this.#header.accuracies.map(() => new Float64Array(CELL_COUNT).fill(NaN));
    }
  }

  #cell(fields: readonly string[], header: Header): void {
    const row = this.#row;
    if (fields.length !== header.width) {
      throw new TableError(
        row,
        `it has ${fields.length} fields where the header has ${header.width}; the file may be cut off.`,
      );
    }
    const index = indexOf(fields[header.arch]!, row);
    if (header.index !== null) checkIndex(fields[header.index]!, index, row);
    const before = this.#rows[index]!;
    if (before > 0) throw new TableError(row, `the cell of row ${before} comes again.`);
    const found = header.accuracies.map(({ column, at }) =>
      accuracyIn(fields[at]!, column.key, row),
    );
    if (found.every(Number.isNaN)) throw new TableError(row, 'it has no accuracy.');
    found.forEach((value, at) => (this.#values[at]![index] = value));
    this.#rows[index] = row;
    this.#cells++;
  }

  /** A file that ends too early looks like a table of some cells unless such a table says so. */
  #checkCount(): void {
    const { cells } = this.#statement;
    if (this.#cells === (cells ?? CELL_COUNT)) return;
    const read = `the file ends after ${this.#cells} of ${cells ?? CELL_COUNT} cells`;
    throw new TableError(
      this.#row,
      cells === null
        ? `${read}. If it is not cut off but has some cells only, say so in a line above the header: # cells: ${this.#cells}`
        : `${read} that it says it has.`,
    );
  }

  #checkColumns({ accuracies }: Header): void {
    accuracies.forEach(({ column: { key } }, at) => {
      const known = this.#values[at]!.filter((value) => !Number.isNaN(value));
      if (known.length === 0) throw new TableError(null, `Column ${key} is empty.`);
      if (known.every((value) => value <= 1)) {
        throw new TableError(
          null,
          `All of column ${key} is 1 or less; accuracies have to be percentages.`,
        );
      }
    });
  }

  /** Gives every cell without a row the accuracies of the cell that stands for it. */
  #fold(folding: Folding): void {
    const measured = new Map<string, number>();
    const forms = Array.from({ length: CELL_COUNT }, (_, index) =>
      canonicalForm(genotypeAtIndex(index), folding),
    );
    const byRow = Array.from(this.#rows.keys())
      .filter((index) => this.#rows[index]! > 0)
      .sort((a, b) => this.#rows[a]! - this.#rows[b]!);
    for (const index of byRow) {
      const first = measured.get(forms[index]!);
      if (first === undefined) measured.set(forms[index]!, index);
      else if (this.#values.some((values) => !Object.is(values[index], values[first]))) {
        throw new TableError(
          this.#rows[index]!,
          `the cell is isomorphic to that of row ${this.#rows[first]!} and has another accuracy.`,
        );
      }
    }
    forms.forEach((form, index) => {
      const from = measured.get(form);
      if (from !== undefined) for (const values of this.#values) values[index] = values[from]!;
    });
  }

  #tooLong(row: number): never {
    throw new TableError(row, `it is longer than ${LONGEST_ROW} characters.`);
  }
}

/** Fields of a line (RFC 4180), without line ends inside of quotes. */
function fieldsOf(line: string, row: number): string[] {
  if (!line.includes('"')) return line.split(',');
  const fields: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  for (;;) {
    const found = field.exec(line);
    if (found === null) throw new TableError(row, 'it has a quotation mark without its pair.');
    fields.push(found[1]?.replaceAll('""', '"') ?? found[2]!);
    if (found[3] === '') return fields;
  }
}

function indexOf(arch: string, row: number): number {
  try {
    return benchmarkIndex(parseGenotype(arch.trim()));
  } catch (error) {
    if (!(error instanceof GenotypeError)) throw error;
    throw new TableError(row, `"${excerpt(arch)}" is no cell. ${error.message}`);
  }
}

function checkIndex(text: string, index: number, row: number): void {
  if (text.trim() === String(index)) return;
  const arch = formatGenotype(genotypeAtIndex(index));
  throw new TableError(row, `index is "${excerpt(text)}", but ${arch} has index ${index}.`);
}

/** Percent; NaN for an empty field. */
function accuracyIn(field: string, key: string, row: number): number {
  const text = field.trim();
  if (text === '') return NaN;
  const value = NUMBER.test(text) ? Number(text) : NaN;
  if (value >= 0 && value <= 100) return value;
  throw new TableError(
    row,
    `${key} has to be a number from 0 to 100, or empty, not "${excerpt(field)}".`,
  );
}

/** A line of text without control characters. */
function cleanName(text: string): string {
  return text
    .replace(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, LONGEST_NAME);
}
