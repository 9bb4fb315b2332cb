import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { spaceOf } from '../../src/paper/space/registry';
import type { StandAloneConfig } from '../../src/paper/stand-alone';
import { firstDifference } from '../../src/trace/compare';
import {
  foldingOf,
  readScaledTable,
  SCALED_TABLE_FORMAT,
  SCALED_TABLE_VERSION,
  tableDigest,
  writeScaledTable,
  type ScaledTable,
} from '../../src/trace/scaled-table';
import type { StandAloneResult } from '../../src/trace/stand-alone';
import type { DataIdentity } from '../../src/trace/types';
import { without } from '../../src/trace/without';
import { isMissing, writeWhole } from './files';
import { UsageError } from './flags';
import { reasonOf } from './recordings';

type Cell = ScaledTable['cells'][number];

/** What all results of a table share, beside who computed them. */
export interface TableSubject {
  readonly config: StandAloneConfig;
  readonly data: DataIdentity;
  readonly command: string;
  readonly machine: string;
}

/** A table on the disk that grows by one result at a time. */
export class TableFile {
  private readonly cells = new Map<string, Cell>();
  private saving: Promise<void> | null = null;
  private isStale = false;

  private constructor(
    private readonly file: string,
    private readonly subject: TableSubject,
    private table: ScaledTable | null,
  ) {
    for (const cell of table?.cells ?? []) this.cells.set(this.formOf(cell.arch), cell);
  }

  /**
   * @returns the table of the file, or an empty one where there is no file
   * @throws UsageError when the file is no table of this subject
   */
  static async open(file: string, subject: TableSubject): Promise<TableFile> {
    await mkdir(path.dirname(file), { recursive: true });
    let table: ScaledTable;
    try {
      table = await readScaledTable(new Uint8Array(await readFile(file)));
    } catch (error) {
      if (isMissing(error)) return new TableFile(file, subject, null);
      throw new UsageError(`--out: ${file} is no accuracy table: ${reasonOf(error)}`);
    }
    const difference =
      firstDifference(table.config, subject.config) ?? firstDifference(table.data, subject.data);
    if (difference) {
      const { path: place, a, b } = difference;
      throw new UsageError(
        `--out: ${file} holds another table: ${place} is ${String(a)}, wanted ${String(b)}.`,
      );
    }
    return new TableFile(file, subject, table);
  }

  /** Cells with a result; those that count as one, once. */
  get size(): number {
    return this.cells.size;
  }

  has(form: string, seed: number): boolean {
    return this.cells.get(form)?.results.some((result) => result.seed === seed) ?? false;
  }

  /** Takes a result in. The file follows as fast as it can be written. */
  add(result: StandAloneResult): Promise<void> {
    const { arch, seed, testAccuracy, testLoss } = result;
    const form = this.formOf(arch);
    const known = this.cells.get(form) ?? { arch, results: [] };
    const results = [...known.results, { seed, accuracy: testAccuracy, loss: testLoss }];
    this.cells.set(form, { ...known, results: results.sort((a, b) => a.seed - b.seed) });
    const { builds = [], createdAt = result.createdAt } = this.table ?? {};
    const { config, data, command, machine } = this.subject;
    const { build } = result.environment;
    this.table = {
      format: SCALED_TABLE_FORMAT,
      version: SCALED_TABLE_VERSION,
      space: config.space ?? 'nas-bench-201',
      folding: foldingOf(spaceOf(config).key),
      config,
      configDigest: result.configDigest,
      data,
      environment: without(result.environment, 'build'),
      builds: [...new Set([...builds, build])].sort(),
      command,
      machine: [...new Set([...(this.table?.machine.split('; ') ?? []), machine])].join('; '),
      createdAt,
      updatedAt: result.createdAt,
      cells: [],
      digest: '',
    };
    this.isStale = true;
    this.saving ??= this.save();
    return this.saving;
  }

  private formOf(arch: string): string {
    return spaceOf(this.subject.config).form(arch);
  }

  /** Writes until the file holds everything. */
  private async save(): Promise<void> {
    while (this.isStale) {
      this.isStale = false;
      const table = { ...this.table!, cells: [...this.cells.values()] };
      const text = writeScaledTable({ ...table, digest: await tableDigest(table) });
      await writeWhole(this.file, [await promisify(gzip)(text)]);
    }
    this.saving = null;
  }
}
