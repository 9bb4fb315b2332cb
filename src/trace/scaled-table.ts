import * as v from 'valibot';
import { benchmarkIndex, CELL_COUNT } from '../paper/benchmark-index';
import { parseGenotype } from '../paper/genotype';
import { oneShotSpaceByKey, spaceOf } from '../paper/space/registry';
import { CELL_SPACE_KEYS, type SpaceKey } from '../paper/space/space';
import { mean } from '../paper/statistics';
import { fillForms, formsOf } from '../paper/table/fold';
import { PLAIN_COLUMN, type TableContent } from '../paper/table/table';
import { canonicalJson } from './canonical';
import { check } from './check';
import { sha256 as digestOf } from './digest';
import { TraceError } from './error';
import { readDocument } from './read';
import {
  arch,
  DataIdentitySchema,
  EnvironmentSchema,
  fraction,
  instant,
  label,
  LIMITS,
  list,
  nonNegative,
  seed,
  sha256,
  text,
} from './schema';
import { checkArch, checkConfigDigest, StandAloneConfigSchema } from './stand-alone';
import type { Environment } from './types';
import { unpackedText } from './unpacked';

/** Format name of the file. */
export const SCALED_TABLE_FORMAT = 'alphascope-accuracy-table';
/** Raised with every change that an older reader could misread. */
export const SCALED_TABLE_VERSION = 1;

/** Far above a table of all classes with ten seeds each. */
const MAX_BYTES = 16 * 2 ** 20;
const MOST_SEEDS = 100;
/** Labelled cells of the largest space; 6,466 classes in NAS-Bench-201. */
const MOST_CELLS = 135_900;

const MeasurementSchema = v.strictObject({
  seed,
  /** On the test images, 0..1. */
  accuracy: fraction,
  /** Mean cross-entropy there. */
  loss: nonNegative,
});

const ScaledTableSchema = v.strictObject({
  format: v.literal(SCALED_TABLE_FORMAT),
  version: v.literal(SCALED_TABLE_VERSION),
  space: v.picklist(CELL_SPACE_KEYS),
  /** Cells that count as one; of each space one kind: see {@link foldingOf}. */
  folding: v.picklist(['skip-and-none', 'numbering']),
  config: StandAloneConfigSchema,
  configDigest: sha256,
  data: DataIdentitySchema,
  /** What trained them; every build of the app that did. */
  environment: v.omit(EnvironmentSchema, ['build']),
  builds: v.pipe(list(label, LIMITS.runs), v.minLength(1)),
  /** Makes the table, or goes on with it. */
  command: text(LIMITS.text),
  /** Class of the machines. */
  machine: label,
  /** When the first and the latest of the results were added. */
  createdAt: instant,
  updatedAt: instant,
  /** One of each class of isomorphic cells, as they were measured; what is not there is a gap. */
  cells: v.pipe(
    list(
      v.strictObject({
        arch,
        /** Ascending seeds. */
        results: v.pipe(list(MeasurementSchema, MOST_SEEDS), v.minLength(1)),
      }),
      MOST_CELLS,
    ),
    v.minLength(1),
  ),
  /** See {@link tableDigest}. */
  digest: sha256,
});

/** Accuracies of cells that were trained by themselves, all under one configuration. */
export type ScaledTable = Readonly<Omit<v.InferOutput<typeof ScaledTableSchema>, 'environment'>> & {
  readonly environment: Omit<Environment, 'build'>;
};

/**
 * By which rule cells count as one: in NAS-Bench-201 isomorphic ones (`canonicalForm`), in
 * NAS-Bench-1Shot1 those whose blocks have other numbers alone (`standingOneShot`).
 */
export function foldingOf(space: SpaceKey): ScaledTable['folding'] {
  return space === 'nas-bench-201' ? 'skip-and-none' : 'numbering';
}

/** SHA-256 (lower-case hex) over the canonical JSON of what was computed and from what. */
export function tableDigest({
  config,
  data,
  cells,
}: Pick<ScaledTable, 'config' | 'data' | 'cells'>): Promise<string> {
  return digestOf(canonicalJson({ config, data, cells }));
}

/** The name of a table's file where it ships with the page. */
export function shippedTableName(scale: string, space: SpaceKey): string {
  const own = space === 'nas-bench-201' ? '' : space.replace('nas-bench', '');
  return `scaled-${scale}${own}.json.gz`;
}

/** The text of a table's file. */
export function writeScaledTable(table: ScaledTable): string {
  return canonicalJson(table);
}

/**
 * Reads a table's file, plain or packed by gzip. Nothing is trusted: size, format, every key and
 * number, cells that would count twice and both digests are checked.
 *
 * @throws TraceError at the first thing wrong, with its place and a reason in words
 */
export async function readScaledTable(bytes: Uint8Array<ArrayBuffer>): Promise<ScaledTable> {
  const content = await unpackedText(bytes, MAX_BYTES);
  const value = readDocument(content, MAX_BYTES, {
    format: SCALED_TABLE_FORMAT,
    version: SCALED_TABLE_VERSION,
    noun: 'accuracy table',
  });
  const table = check(ScaledTableSchema, value, []);
  const { space, folding, config } = table;
  if (folding !== foldingOf(space)) {
    throw new TraceError(['folding'], `must be "${foldingOf(space)}" in this space`);
  }
  if (spaceOf(config).key !== space) {
    throw new TraceError(['config', 'space'], 'is not the space of the table');
  }
  const seen = new Map<string, number>();
  table.cells.forEach((cell, at) => {
    const form = checkArch(cell.arch, ['cells', at, 'arch'], space);
    const first = seen.get(form);
    if (first !== undefined) {
      throw new TraceError(['cells', at, 'arch'], `is isomorphic to cell ${first} of the table`);
    }
    seen.set(form, at);
    const wrong = cell.results.findIndex(
      (one, i) => i > 0 && one.seed <= cell.results[i - 1]!.seed,
    );
    if (wrong >= 0) {
      const path = ['cells', at, 'results', wrong, 'seed'];
      throw new TraceError(path, 'must be above the seed before');
    }
  });
  await checkConfigDigest(table.configDigest, table.config, table.data, ['configDigest']);
  if ((await tableDigest(table)) !== table.digest) {
    throw new TraceError(['digest'], 'does not match the table: a number was changed afterwards');
  }
  return table;
}

/** The table as pages and verdicts read it: means over seeds, percent, isomorphic cells alike. */
export function contentOf(table: ScaledTable): TableContent {
  const { config, cells } = table;
  const trained = {
    seeds: Math.max(...cells.map(({ results }) => results.length)),
    noise: seedNoise(table),
  };
  const name = `trained here at scale ${config.scale}, CIFAR-10 test, ${config.epochs} epochs`;
  const common = { trained, cells: cells.length, columns: [PLAIN_COLUMN] };
  if (config.space === undefined) return { ...common, ...benchmarkContent(cells), name };
  const { label, form } = oneShotSpaceByKey(config.space);
  return {
    ...common,
    name: `${label}, ${name}`,
    folding: null,
    oneShot: { space: config.space, forms: cells.map(({ arch }) => form(arch)) },
    values: [Float64Array.from(cells, percentOf)],
  };
}

function benchmarkContent(cells: ScaledTable['cells']): Pick<TableContent, 'folding' | 'values'> {
  const folding = 'skip-and-none';
  const values = new Float64Array(CELL_COUNT).fill(NaN);
  const forms = formsOf(folding);
  const measured = new Map<string, number>();
  for (const cell of cells) {
    const index = benchmarkIndex(parseGenotype(cell.arch));
    values[index] = percentOf(cell);
    measured.set(forms[index]!, index);
  }
  fillForms([values], forms, measured);
  return { folding, values: [values] };
}

function percentOf({ results }: ScaledTable['cells'][number]): number {
  return 100 * mean(results.map(({ accuracy }) => accuracy));
}

/**
 * How far two trainings of one cell differ: the standard deviation over seeds, percent, pooled over
 * the cells with more than one; null where there is none.
 */
export function seedNoise({ cells }: Pick<ScaledTable, 'cells'>): number | null {
  let [squares, freedom] = [0, 0];
  for (const { results } of cells) {
    const accuracies = results.map(({ accuracy }) => 100 * accuracy);
    const centre = mean(accuracies);
    for (const value of accuracies) squares += (value - centre) ** 2;
    freedom += accuracies.length - 1;
  }
  return freedom === 0 ? null : Math.sqrt(squares / freedom);
}
