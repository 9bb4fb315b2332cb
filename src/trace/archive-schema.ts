import * as v from 'valibot';
import { ONE_SHOT_KEYS } from '../paper/space/space';
import { BENCHMARK_COLUMNS, PLAIN_COLUMN, type TableColumn } from '../paper/table/table';
import {
  arch,
  EnvironmentSchema,
  instant,
  label,
  LIMITS,
  list,
  nonNegative,
  seed,
  sha256,
  size,
  text,
  TraceRunSchema,
  uuid,
} from './schema';
import { ResultSchema, StandAloneEpochSchema } from './stand-alone';

/* What an archive may hold; the laws between its parts are in archive.ts. */

/** Format name of an export of everything. */
export const ARCHIVE_FORMAT = 'alphascope-archive';
/** Raised with every change that an older reader could misread. */
export const ARCHIVE_VERSION = 1;

/** Far above what a browser holds, low enough to stop a hostile file. */
const MOST_CELLS = 100_000;
const MOST_TABLES = 100;
/** Labelled cells of the largest NAS-Bench-1Shot1 space. */
const MOST_FORMS = 135_900;

/** Columns that a table may have, by their key. */
export const TABLE_COLUMNS: ReadonlyMap<string, TableColumn> = new Map(
  [...BENCHMARK_COLUMNS, PLAIN_COLUMN].map((one) => [one.key, one]),
);

/** Finished epochs behind a checkpoint. */
const finished = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(LIMITS.epochs));
const whole = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** Float32, little-endian. */
const tensor = v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/]*={0,2}$/, 'is no base64'));
const percent = v.pipe(v.number(), v.minValue(0), v.maxValue(100));
const plainLabel = v.pipe(
  label,
  v.check((name) => !/\p{C}/u.test(name), 'has a character that is not to be seen'),
);

export const CheckpointSchema = v.strictObject({
  uid: uuid,
  epoch: finished,
  scalars: v.strictObject({ alphaSteps: whole }),
  tensors: v.strictObject({
    weights: tensor,
    momentum: tensor,
    alpha: tensor,
    first: tensor,
    second: tensor,
  }),
  digest: sha256,
});

export const SealedResultSchema = v.strictObject({ ...ResultSchema.entries, digest: sha256 });

export const CellCheckpointSchema = v.strictObject({
  arch,
  seed,
  configDigest: sha256,
  environment: EnvironmentSchema,
  seconds: nonNegative,
  epochs: list(StandAloneEpochSchema, LIMITS.epochs),
  tensors: v.strictObject({ weights: tensor, momentum: tensor, running: tensor }),
  digest: sha256,
});

export const TableSchema = v.strictObject({
  /** Over the numbers and what they measure. */
  id: sha256,
  name: plainLabel,
  source: text(LIMITS.text),
  addedAt: instant,
  /** Of another space than NAS-Bench-201: its cells, as many as values. */
  oneShot: v.exactOptional(
    v.strictObject({
      space: v.picklist(ONE_SHOT_KEYS),
      forms: v.pipe(list(arch, MOST_FORMS), v.minLength(1)),
    }),
  ),
  /** Of a table that was trained here. */
  trained: v.exactOptional(v.strictObject({ seeds: size, noise: v.nullable(nonNegative) })),
  cells: v.pipe(size, v.maxValue(MOST_FORMS)),
  folding: v.nullable(v.picklist(['skip', 'skip-and-none'])),
  columns: v.pipe(list(v.picklist([...TABLE_COLUMNS.keys()]), TABLE_COLUMNS.size), v.minLength(1)),
  /** 15,625 of NAS-Bench-201. */
  values: v.array(v.pipe(v.array(v.nullable(percent)), v.maxLength(MOST_FORMS))),
  digest: sha256,
});

/** The parts of an archive, each of which is read by itself. */
export const ArchiveEnvelopeSchema = v.strictObject({
  format: v.literal(ARCHIVE_FORMAT),
  version: v.literal(ARCHIVE_VERSION),
  runs: list(v.unknown(), LIMITS.runs),
  checkpoints: list(v.unknown(), LIMITS.runs),
  cells: list(v.unknown(), MOST_CELLS),
  cellCheckpoints: list(v.unknown(), MOST_CELLS),
  tables: list(v.unknown(), MOST_TABLES),
});

/** The whole document, for its published schema. */
export const ArchiveDocumentSchema = v.strictObject({
  ...ArchiveEnvelopeSchema.entries,
  runs: list(TraceRunSchema, LIMITS.runs),
  checkpoints: list(CheckpointSchema, LIMITS.runs),
  cells: list(SealedResultSchema, MOST_CELLS),
  cellCheckpoints: list(CellCheckpointSchema, MOST_CELLS),
  tables: list(TableSchema, MOST_TABLES),
});
