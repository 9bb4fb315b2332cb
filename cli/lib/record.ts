import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ARM_KEYS } from '../../src/paper/experiment/arm';
import { EXPERIMENT_KEYS, experimentByKey } from '../../src/paper/experiment/experiments';
import { formatSeeds } from '../../src/paper/seeds';
import { benchRunOf } from '../../src/trace/bench-run';
import { writeExtract } from '../../src/trace/extract';
import { extractFile, readIndex, type RecordingEntry } from '../../src/trace/recordings';
import type { TraceRun } from '../../src/trace/types';
import { readTraceFile } from '../../src/trace/unpack';
import { writeTrace } from '../../src/trace/write';
import { isMissing, isTraceName, namesBelow, pack, writeWhole } from './files';
import { EXPERIMENT_FLAGS } from './order';
import { contentOf, placeOf } from './recording-content';
import { benchRuns, indexFile, readFolder, readRuns, reasonOf, RecordingError } from './recordings';

/** A run and the file it was read from. */
interface Found {
  readonly run: TraceRun;
  readonly file: string;
}

/**
 * Puts finished runs into the recordings of their arms, and both into the index. Runs that are there
 * already stay; a file is written only when it gains one, or when its extract is missing.
 *
 * @param from folder with traces, at any depth.
 * @param machine class of the machine that trained them.
 * @param say hears of every recording that is written.
 * @throws RecordingError before anything is written, when a trace cannot be recorded.
 */
export async function record(
  from: string,
  folder: string,
  machine: string,
  say: (line: string) => void,
): Promise<void> {
  const entries = new Map((await readFolder(folder)).map((entry) => [entry.file, entry]));
  const groups = new Map<string, Found[]>();
  for (const found of await findRuns(from)) {
    const name = targetOf(found);
    groups.set(name, [...(groups.get(name) ?? []), found]);
  }
  const writes: { entry: RecordingEntry; bytes: Uint8Array; runs: readonly TraceRun[] }[] = [];
  for (const [name, found] of groups) {
    const entry = entries.get(name);
    const kept = entry === undefined ? [] : await keptRuns(folder, entry);
    const runs = merge(kept, found);
    if (runs.length === kept.length) continue;
    const bytes = pack(writeTrace(runs));
    const content = wordsOf(runs, found);
    const command = commandOf(content);
    const machines = kept.length > 0 ? (entry?.machine.split('; ') ?? []) : [];
    const classes = [...new Set([...machines, machine])].join('; ');
    const next = { ...content, command, machine: classes, bytes: bytes.length };
    writes.push({ entry: next, bytes, runs });
  }
  await mkdir(folder, { recursive: true });
  for (const { entry, bytes, runs } of writes) {
    await writeWhole(path.join(folder, entry.file), [bytes]);
    await writeExtractOf(folder, entry, runs);
    entries.set(entry.file, entry);
    say(`${path.join(folder, entry.file)}: ${entry.title}`);
  }
  for (const entry of entries.values()) {
    if (!existsSync(path.join(folder, extractFile(entry)))) {
      await writeExtractOf(folder, entry, await readRuns(folder, entry));
    }
  }
  if (writes.length === 0) say('Every run is recorded already.');
  // The reader's own order of keys, so that an index that gains nothing stays as it is.
  const recordings = readIndex({ recordings: [...entries.values()].sort(inOrder) });
  await writeWhole(indexFile(folder), [`${JSON.stringify({ recordings }, null, 2)}\n`]);
}

async function writeExtractOf(
  folder: string,
  entry: RecordingEntry,
  runs: readonly TraceRun[],
): Promise<void> {
  const extract = pack(writeExtract(benchRuns(runs)));
  await writeWhole(path.join(folder, extractFile(entry)), [extract]);
}

async function findRuns(from: string): Promise<Found[]> {
  let all: string[];
  try {
    all = await namesBelow(from);
  } catch (error) {
    throw new RecordingError(from, reasonOf(error));
  }
  const names = all.filter(isTraceName);
  const found: Found[] = [];
  for (const name of names) {
    const file = path.join(from, name);
    let runs: readonly TraceRun[];
    try {
      ({ runs } = await readTraceFile(new Uint8Array(await readFile(file))));
    } catch (error) {
      throw new RecordingError(file, reasonOf(error));
    }
    found.push(...runs.map((run) => ({ run, file })));
  }
  if (found.length === 0) throw new RecordingError(from, 'there is no trace in this folder');
  return found;
}

/** Name of the recording that a run goes into. @throws RecordingError */
function targetOf({ run, file }: Found): string {
  const title = `${run.name}, seed ${run.seed}`;
  const place = placeOf(run);
  const bench = benchRunOf(run);
  if (place === null || bench === null) {
    throw new RecordingError(file, `${title}: is of no arm of an experiment`);
  }
  if (bench.forked) throw new RecordingError(file, `${title}: is a fork of another run`);
  if (bench.toggled) throw new RecordingError(file, `${title}: was changed in mid-run`);
  if (!bench.finished) throw new RecordingError(file, `${title}: is not finished`);
  return place.file;
}

/** None when the file was taken away to be recorded anew. */
async function keptRuns(folder: string, entry: RecordingEntry): Promise<readonly TraceRun[]> {
  try {
    await readFile(path.join(folder, entry.file));
  } catch (error) {
    if (isMissing(error)) return [];
  }
  return readRuns(folder, entry);
}

/** A run for every seed; one that is there already stays. @throws RecordingError */
function merge(kept: readonly TraceRun[], found: readonly Found[]): TraceRun[] {
  const runs = new Map(kept.map((run) => [run.seed, run]));
  for (const { run, file } of found) {
    const other = runs.get(run.seed);
    if (other === undefined) runs.set(run.seed, run);
    else if (other.digest !== run.digest) {
      const reason = `seed ${run.seed} is recorded with other numbers; to record it anew, delete`;
      throw new RecordingError(file, `${reason} ${placeOf(run)!.file}`);
    }
  }
  return [...runs.values()];
}

function wordsOf(runs: readonly TraceRun[], [first]: readonly Found[]) {
  try {
    return contentOf(runs);
  } catch (error) {
    throw new RecordingError(first!.file, `cannot join its recording: ${reasonOf(error)}`);
  }
}

function commandOf({
  experiment,
  arm,
  scale,
  seeds,
}: Pick<RecordingEntry, 'experiment' | 'arm' | 'scale' | 'seeds'>): string {
  const flag = Object.entries(EXPERIMENT_FLAGS).find(([, key]) => key === experiment)![0];
  const only = experimentByKey(experiment).arms.length > 1 ? ` --arm ${arm}` : '';
  const which = `--exp ${flag}${only} --scale ${scale} --seeds ${formatSeeds(seeds)}`;
  return `npm run search -- ${which} --out DIR`;
}

const KINDS: readonly RecordingEntry['kind'][] = ['verdict', 'demonstration', 'calibration'];

/** The first is what the page opens with. */
function inOrder(a: RecordingEntry, b: RecordingEntry): number {
  return (
    KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) ||
    EXPERIMENT_KEYS.indexOf(a.experiment) - EXPERIMENT_KEYS.indexOf(b.experiment) ||
    ARM_KEYS.indexOf(a.arm) - ARM_KEYS.indexOf(b.arm) ||
    (a.file < b.file ? -1 : 1)
  );
}
