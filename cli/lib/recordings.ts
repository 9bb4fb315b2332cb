import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import type { BenchRun } from '../../src/paper/claim/runs';
import { benchRunOf } from '../../src/trace/bench-run';
import { TraceError } from '../../src/trace/error';
import { readExtract, writeExtract } from '../../src/trace/extract';
import { extractFile, readIndex, type RecordingEntry } from '../../src/trace/recordings';
import type { TraceRun } from '../../src/trace/types';
import { readTraceFile } from '../../src/trace/unpack';
import { isMissing } from './files';
import { contentOf } from './recording-content';

/** What ships with the page. Bundles lie in .cache/cli below the root. */
export const RECORDINGS = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  '../../public/recordings',
);
/** Accuracy tables that ship with the page. */
export const TABLES = path.resolve(RECORDINGS, '../tables');
const INDEX = 'index.json';
/** What an entry says and its file has to say as well. */
const TOLD = ['kind', 'arm', 'scale', 'seeds', 'build'] as const;

export interface Recording {
  readonly entry: RecordingEntry;
  readonly runs: readonly TraceRun[];
}

/** A file of the folder that cannot be used; the message begins with its path. */
export class RecordingError extends Error {
  override readonly name = 'RecordingError';

  constructor(file: string, reason: string) {
    super(`${file}: ${reason}`);
  }
}

export const indexFile = (folder: string): string => path.join(folder, INDEX);

/** The index of a folder, empty when there is none yet. @throws RecordingError */
export async function readFolder(folder: string): Promise<RecordingEntry[]> {
  const file = indexFile(folder);
  try {
    return readIndex(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if (isMissing(error)) return [];
    throw new RecordingError(file, error instanceof Error ? error.message : String(error));
  }
}

/**
 * A listed recording, with every law, digest, what its entry says and its extract checked.
 *
 * @throws RecordingError
 */
async function readRecording(folder: string, entry: RecordingEntry): Promise<Recording> {
  const runs = await readRuns(folder, entry);
  await checkExtract(folder, entry, runs);
  return { entry, runs };
}

/** The runs of a listed recording, whatever its extract says. @throws RecordingError */
export async function readRuns(
  folder: string,
  entry: RecordingEntry,
): Promise<readonly TraceRun[]> {
  const file = path.join(folder, entry.file);
  try {
    const { runs } = await readTraceFile(new Uint8Array(await readFile(file)));
    const content = contentOf(runs);
    for (const key of TOLD) {
      if (String(content[key]) === String(entry[key])) continue;
      const told = `${INDEX} says ${key} ${String(entry[key])}`;
      throw new RecordingError(file, `${told}, its runs say ${String(content[key])}`);
    }
    return runs;
  } catch (error) {
    if (error instanceof RecordingError) throw error;
    if (isMissing(error)) throw new RecordingError(file, 'is listed and missing');
    throw new RecordingError(file, reasonOf(error));
  }
}

/** What claims and figures need of these runs. */
export function benchRuns(runs: readonly TraceRun[]): BenchRun[] {
  return runs.flatMap((run) => benchRunOf(run) ?? []);
}

/** The page judges by the extract: it has to say what the trace says. @throws RecordingError */
async function checkExtract(
  folder: string,
  entry: RecordingEntry,
  runs: readonly TraceRun[],
): Promise<void> {
  const file = path.join(folder, extractFile(entry));
  let extract: BenchRun[];
  try {
    extract = await readExtract(new Uint8Array(await readFile(file)));
  } catch (error) {
    if (isMissing(error)) throw new RecordingError(file, `is missing beside ${entry.file}`);
    throw new RecordingError(file, reasonOf(error));
  }
  const expected = await readExtract(writeExtract(benchRuns(runs)));
  if (!isDeepStrictEqual(extract, expected)) {
    throw new RecordingError(file, `says something else than ${entry.file}`);
  }
}

/**
 * All recordings of a folder, one after the other, and what is wrong with those that cannot be read:
 * a file that no entry lists is wrong, too, since it would go unjudged without a word.
 */
export async function readRecordings(
  folder: string,
): Promise<{ recordings: Recording[]; problems: string[] }> {
  const recordings: Recording[] = [];
  const problems: string[] = [];
  try {
    const entries = await readFolder(folder);
    const listed = new Set([
      INDEX,
      ...entries.flatMap((entry) => [entry.file, extractFile(entry)]),
    ]);
    for (const name of (await readdir(folder)).sort()) {
      if (!listed.has(name)) problems.push(`${path.join(folder, name)}: is not in ${INDEX}`);
    }
    for (const entry of entries) {
      try {
        recordings.push(await readRecording(folder, entry));
      } catch (error) {
        problems.push(reasonOf(error));
      }
    }
  } catch (error) {
    problems.push(reasonOf(error));
  }
  return { recordings, problems };
}

/** What was wrong, in words that can follow a file's name. */
export function reasonOf(error: unknown): string {
  if (error instanceof TraceError) return `is no valid trace: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
