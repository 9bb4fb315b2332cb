import * as v from 'valibot';
import { ARCHIVE_FORMAT, ARCHIVE_VERSION, ArchiveEnvelopeSchema } from './archive-schema';
import { configDigest, runDigest, SCIENCE_VERSION, sharedDigest } from './digest';
import { check } from './check';
import { TraceError, type Path } from './error';
import { LIMITS } from './schema';
import { TRACE_FORMAT, TRACE_VERSION, type TraceDocument, type TraceRun } from './types';
import { validateRun } from './validate';

/** Default cap on a file: a class of thirty with ten runs each stays below a third of it. */
export const MAX_TRACE_BYTES = 128 * 2 ** 20;

/** What a document must be. */
export interface DocumentKind {
  readonly format: string;
  /** The newest that is read. */
  readonly version: number;
  /** The oldest; the newest alone by default. */
  readonly oldest?: number;
  /** In messages. */
  readonly noun: string;
}

const TRACE: DocumentKind = {
  format: TRACE_FORMAT,
  version: TRACE_VERSION,
  oldest: 1,
  noun: 'trace',
};
const ARCHIVE: DocumentKind = {
  format: ARCHIVE_FORMAT,
  version: ARCHIVE_VERSION,
  noun: 'archive',
};

const EnvelopeSchema = v.strictObject({
  format: v.unknown(),
  version: v.unknown(),
  runs: v.pipe(v.array(v.unknown()), v.maxLength(LIMITS.runs)),
});

/**
 * Reads the runs of an exported document: of a trace, or of an archive, whose other parts are left
 * alone. Nothing is trusted: size, JSON, format and version, every key, number and shape, the laws
 * between them, and both digests are checked before a run is handed out.
 *
 * @param options.maxBytes cap on the UTF-8 size of the text; checked before parsing.
 * @throws TraceError at the first thing wrong, with a JSON path and a reason in words. A digest tells
 * that a run was changed, not where; what breaks a law between fields is named to the epoch.
 */
export async function readTrace(
  text: string,
  { maxBytes = MAX_TRACE_BYTES }: { readonly maxBytes?: number } = {},
): Promise<{ runs: TraceRun[] }> {
  const document = parse(text, maxBytes);
  return {
    runs: isArchive(document) ? await archivedRuns(document) : await readTraceValue(document, []),
  };
}

/** A document that is to be imported, opened: of an archive the parts are still unread. */
export type Opened =
  | { readonly runs: TraceRun[]; readonly archive: null }
  | { readonly archive: v.InferOutput<typeof ArchiveEnvelopeSchema> };

/** @throws TraceError when it is neither a sound trace nor an archive of a known version */
export async function openDocument(text: string, maxBytes: number): Promise<Opened> {
  const document = parse(text, maxBytes);
  if (isArchive(document)) return { archive: archiveOf(document) };
  return { runs: await readTraceValue(document, []), archive: null };
}

/** One run with its digests. @throws TraceError */
export async function wholeRun(value: unknown, path: Path): Promise<TraceRun> {
  const run = validateRun(value, path);
  await checkDigests(run, path);
  return run;
}

function isArchive(document: unknown): boolean {
  return (Object(document) as { format?: unknown }).format === ARCHIVE_FORMAT;
}

function archiveOf(document: unknown): v.InferOutput<typeof ArchiveEnvelopeSchema> {
  checkFormat(document, ARCHIVE, []);
  return check(ArchiveEnvelopeSchema, document, []);
}

function archivedRuns(document: unknown): Promise<TraceRun[]> {
  return wholeRuns(archiveOf(document).runs, TRACE_VERSION, []);
}

/**
 * The runs of a trace, which may stand inside another document.
 *
 * @param path where it stands.
 * @throws TraceError as {@link readTrace} does; at once when it is no trace
 */
export function readTraceValue(document: unknown, path: Path): Promise<TraceRun[]> {
  checkFormat(document, TRACE, path);
  const { runs, version } = check(EnvelopeSchema, document, path);
  return wholeRuns(runs, version as TraceDocument['version'], path);
}

async function wholeRuns(
  values: readonly unknown[],
  version: TraceDocument['version'],
  path: Path,
): Promise<TraceRun[]> {
  const runs = values.map((value, at) => validateRun(value, [...path, 'runs', at], version));
  checkUids(runs, path);
  for (const [at, run] of runs.entries()) await checkDigests(run, [...path, 'runs', at]);
  return runs;
}

function isLonger(text: string, maxBytes: number): boolean {
  if (text.length > maxBytes) return true;
  // A UTF-16 unit takes at most three bytes in UTF-8, so most texts need no encoding to be judged.
  return text.length * 3 > maxBytes && new TextEncoder().encode(text).length > maxBytes;
}

/**
 * The JSON of a text that is one of our documents.
 *
 * @throws TraceError when it is too large, no JSON, or of another format or version
 */
export function readDocument(text: string, maxBytes: number, expected: DocumentKind): unknown {
  const document = parse(text, maxBytes);
  checkFormat(document, expected, []);
  return document;
}

function parse(text: string, maxBytes: number): unknown {
  if (isLonger(text, maxBytes)) {
    throw new TraceError([], `is too large: at most ${maxBytes} bytes are read`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new TraceError([], `is not JSON: ${detail}`);
  }
}

function checkFormat(document: unknown, expected: DocumentKind, path: Path): void {
  const { format, version } = Object(document) as { format?: unknown; version?: unknown };
  if (format !== expected.format) {
    const { format: name, noun } = expected;
    throw new TraceError([...path, 'format'], `must be "${name}"; this is no Alphascope ${noun}`);
  }
  if (typeof version === 'number' && version > expected.version) {
    throw new TraceError(
      [...path, 'version'],
      `is ${version}: made by a newer version of Alphascope, this one reads up to ${expected.version}`,
    );
  }
  const oldest = expected.oldest ?? expected.version;
  if (!Number.isInteger(version) || (version as number) < oldest) {
    const range = oldest === expected.version ? '' : `${oldest} or `;
    throw new TraceError([...path, 'version'], `must be ${range}${expected.version}`);
  }
}

function checkUids(runs: readonly TraceRun[], path: Path): void {
  const seen = new Map<string, number>();
  runs.forEach(({ uid }, at) => {
    const first = seen.get(uid);
    if (first !== undefined) {
      throw new TraceError(
        [...path, 'runs', at, 'uid'],
        `is that of run ${first} in the same file, too`,
      );
    }
    seen.set(uid, at);
  });
}

async function checkDigests(run: TraceRun, path: Path): Promise<void> {
  if ((await runDigest(run)) !== run.digest) {
    throw new TraceError(
      [...path, 'digest'],
      'does not match the run: a number was changed after training',
    );
  }
  const { fork } = run;
  if (fork !== undefined && (await sharedDigest(run, fork.epoch)) !== fork.digest) {
    throw new TraceError(
      [...path, 'fork', 'digest'],
      `does not match the first ${fork.epoch} epochs, which it has in common with its parent`,
    );
  }
  for (let science = SCIENCE_VERSION; science >= 1; science--) {
    if ((await configDigest(run, science)) === run.configDigest) return;
  }
  throw new TraceError([...path, 'configDigest'], 'does not match the configuration');
}
