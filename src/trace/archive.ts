import { CELL_COUNT } from '../paper/benchmark-index';
import type { TableContent } from '../paper/table/table';
import { spaceOf, spaceOfArch } from '../paper/space/registry';
import {
  CellCheckpointSchema,
  CheckpointSchema,
  SealedResultSchema,
  TABLE_COLUMNS,
  TableSchema,
} from './archive-schema';
import { canonicalJson } from './canonical';
import { check } from './check';
import { sha256, tableDigest } from './digest';
import { TraceError, type Path } from './error';
import { isMarkup, readFigure, type FigureView } from './figure';
import { MAX_TRACE_BYTES, openDocument, wholeRun } from './read';
import {
  checkArch,
  validateResult,
  type StandAloneEpoch,
  type StandAloneResult,
} from './stand-alone';
import { textTensor } from './tensor-text';
import type { Environment, TraceRun } from './types';
import { blobText } from './unpack';
import { without } from './without';

type Tensors = Readonly<Record<string, Float32Array>>;

/** The state of an unfinished run after an epoch, from which it goes on. */
export interface ArchivedCheckpoint {
  /** Of a run of the same archive. */
  readonly uid: string;
  /** Epochs finished, 0 before the first. */
  readonly epoch: number;
  readonly scalars: Readonly<Record<string, number>>;
  readonly tensors: Tensors;
}

/** The same of a cell that is trained by itself. */
export interface ArchivedCellCheckpoint {
  readonly arch: string;
  readonly seed: number;
  readonly configDigest: string;
  readonly environment: Environment;
  readonly seconds: number;
  readonly epochs: readonly StandAloneEpoch[];
  readonly tensors: Tensors;
}

/** A table of accuracies that the visitor has imported. */
export interface ArchivedTable extends TableContent {
  /** See {@link tableDigest}. */
  readonly id: string;
  /** Name of its file. */
  readonly source: string;
  readonly addedAt: string;
}

const NOTHING_ELSE = { checkpoints: [], cells: [], cellCheckpoints: [], tables: [] };

/** All that a visitor has. */
export interface Archive {
  readonly runs: readonly TraceRun[];
  readonly checkpoints: readonly ArchivedCheckpoint[];
  readonly cells: readonly StandAloneResult[];
  readonly cellCheckpoints: readonly ArchivedCellCheckpoint[];
  readonly tables: readonly ArchivedTable[];
}

/** What could be read of a file, and what not: each part stands by itself. */
export interface ReadArchive {
  readonly archive: Archive;
  /** What a figure showed; null of other files. */
  readonly view: FigureView | null;
  readonly refusals: readonly TraceError[];
}

/**
 * Reads a file to be imported. A trace, and a figure that carries one, are read as a whole or not at
 * all; of an archive a bad part is left out, and the others are read. Every part is checked like a trace: each key and number, the
 * laws between them, and a digest.
 *
 * @throws TraceError when the file as a whole is no document of ours
 */
export async function readImport(blob: Blob, maxBytes = MAX_TRACE_BYTES): Promise<ReadArchive> {
  const text = await blobText(blob, maxBytes);
  if (isMarkup(text)) {
    const { runs, view } = await readFigure(text, maxBytes);
    return { archive: { runs, ...NOTHING_ELSE }, refusals: [], view };
  }
  const document = await openDocument(text, maxBytes);
  if (document.archive === null) {
    return { archive: { runs: document.runs, ...NOTHING_ELSE }, refusals: [], view: null };
  }
  const { archive } = document;
  const refusals: TraceError[] = [];
  const each = async <Part>(
    key: keyof Archive,
    read: (value: unknown, path: Path) => Promise<Part>,
  ): Promise<Part[]> => {
    const parts: Part[] = [];
    for (const [at, value] of archive[key].entries()) {
      try {
        parts.push(await read(value, [key, at]));
      } catch (error) {
        if (!(error instanceof TraceError)) throw error;
        refusals.push(error);
      }
    }
    return parts;
  };
  const runs = new Map<string, TraceRun>();
  await each('runs', async (value, path) => {
    const run = await wholeRun(value, path);
    refuseTwice(runs, run.uid, [...path, 'uid']);
    runs.set(run.uid, run);
  });
  const checkpoints = new Map<string, ArchivedCheckpoint>();
  await each('checkpoints', async (value, path) => {
    const checkpoint = await readCheckpoint(value, runs, path);
    refuseTwice(checkpoints, checkpoint.uid, [...path, 'uid']);
    checkpoints.set(checkpoint.uid, checkpoint);
  });
  return {
    archive: {
      runs: [...runs.values()],
      checkpoints: [...checkpoints.values()],
      cells: await each('cells', readResult),
      cellCheckpoints: await each('cellCheckpoints', readCellCheckpoint),
      tables: await each('tables', readTable),
    },
    refusals,
    view: null,
  };
}

function refuseTwice(known: ReadonlyMap<string, unknown>, uid: string, path: Path): void {
  if (known.has(uid)) throw new TraceError(path, 'is in the same file twice');
}

/** SHA-256 (lower-case hex) over the canonical JSON of a part without its digest. */
export function partDigest(part: object): Promise<string> {
  return sha256(canonicalJson(part));
}

async function opened<Part extends { readonly digest: string }>(
  part: Part,
  path: Path,
): Promise<Omit<Part, 'digest'>> {
  const rest = without(part, 'digest');
  if ((await partDigest(rest)) === part.digest) return rest;
  throw new TraceError([...path, 'digest'], 'does not match: something was changed afterwards');
}

async function readCheckpoint(
  value: unknown,
  runs: ReadonlyMap<string, TraceRun>,
  path: Path,
): Promise<ArchivedCheckpoint> {
  const part = await opened(check(CheckpointSchema, value, path), path);
  const run = runs.get(part.uid);
  if (run === undefined) {
    throw new TraceError([...path, 'uid'], 'is of no run that could be read in the same file');
  }
  if (run.state === 'finished') {
    throw new TraceError([...path, 'uid'], 'is of a run that is finished');
  }
  if (part.epoch > run.epochs.length) {
    const reason = `is ${part.epoch}; the run has ${run.epochs.length} epochs`;
    throw new TraceError([...path, 'epoch'], reason);
  }
  const place: Path = [...path, 'tensors'];
  const tensors = readTensors(part.tensors, place);
  const { effective } = run.config;
  const rows = spaceOf(effective).rows(effective.ops);
  const alphas = rows.reduce((sum, { columns }) => sum + columns.length, 0);
  // PC-DARTS keeps its edge weights behind alpha, ENAS its controller: how many, the engine knows.
  const more = effective.method === 'pc-darts' || effective.method === 'enas';
  const { length } = tensors.alpha!;
  const size = more ? Math.max(alphas, length) : alphas;
  checkSizes(tensors, { alpha: size, first: size, second: size }, place);
  checkSizes(tensors, { momentum: tensors.weights!.length }, place);
  return { ...part, tensors };
}

async function readResult(value: unknown, path: Path): Promise<StandAloneResult> {
  return validateResult(await opened(check(SealedResultSchema, value, path), path), path);
}

async function readCellCheckpoint(value: unknown, path: Path): Promise<ArchivedCellCheckpoint> {
  const part = await opened(check(CellCheckpointSchema, value, path), path);
  checkArch(part.arch, [...path, 'arch'], spaceOfArch(part.arch).key);
  part.epochs.forEach(({ epoch }, at) => {
    if (epoch === at + 1) return;
    const reason = `must be ${at + 1}: the epochs in their order`;
    throw new TraceError([...path, 'epochs', at, 'epoch'], reason);
  });
  const place: Path = [...path, 'tensors'];
  const tensors = readTensors(part.tensors, place);
  checkSizes(tensors, { momentum: tensors.weights!.length }, place);
  return { ...part, tensors };
}

async function readTable(value: unknown, path: Path): Promise<ArchivedTable> {
  const {
    columns: keys,
    values: lists,
    ...head
  } = await opened(check(TableSchema, value, path), path);
  if (new Set(keys).size !== keys.length) {
    throw new TraceError([...path, 'columns'], 'has a column twice');
  }
  if (lists.length !== keys.length) {
    const reason = `has ${lists.length} lists for ${keys.length} columns`;
    throw new TraceError([...path, 'values'], reason);
  }
  const cells = head.oneShot?.forms.length ?? CELL_COUNT;
  const wrong = lists.findIndex((list) => list.length !== cells);
  if (wrong >= 0) {
    throw new TraceError([...path, 'values', wrong], `must have a length of ${cells}`);
  }
  if (head.cells > cells) throw new TraceError([...path, 'cells'], `must be at most ${cells}`);
  head.oneShot?.forms.forEach((form, at) =>
    checkArch(form, [...path, 'oneShot', 'forms', at], head.oneShot!.space),
  );
  const columns = keys.map((key) => TABLE_COLUMNS.get(key)!);
  const values = lists.map((list) => Float64Array.from(list, (percent) => percent ?? NaN));
  const table = { ...head, columns, values };
  if ((await tableDigest(table)) !== table.id) {
    throw new TraceError([...path, 'id'], 'does not match the numbers of the table');
  }
  return table;
}

function readTensors(texts: Readonly<Record<string, string>>, path: Path): Tensors {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, textTensor(text, [...path, name])]),
  );
}

function checkSizes(tensors: Tensors, sizes: Readonly<Record<string, number>>, path: Path): void {
  for (const [name, size] of Object.entries(sizes)) {
    const { length } = tensors[name]!;
    if (length === size) continue;
    throw new TraceError([...path, name], `has ${length} numbers; ${size} are needed`);
  }
}
