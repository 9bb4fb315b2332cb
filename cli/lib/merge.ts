import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { formatSeeds } from '../../src/paper/seeds';
import { canonicalJson } from '../../src/trace/canonical';
import { regimeKey } from '../../src/trace/digest';
import { MAX_TRACE_BYTES } from '../../src/trace/read';
import type { TraceRun } from '../../src/trace/types';
import { readTraceFile } from '../../src/trace/unpack';
import { writeTrace } from '../../src/trace/write';
import { isTraceName, namesBelow, pack, writeWhole } from './files';
import { reasonOf } from './recordings';

/** A run and the file that it was read from, relative to the folder. */
interface Found {
  readonly run: TraceRun;
  readonly file: string;
}

/** What a folder of traces holds. */
export interface Merged {
  /** Each once. */
  readonly runs: readonly TraceRun[];
  /** Why the folder is not fit to be merged, each with its file. */
  readonly problems: readonly string[];
  /** What was left out without loss. */
  readonly notes: readonly string[];
}

/**
 * Reads all traces below a folder, with every law and digest checked, and compares them with each
 * other. The same run twice with the same numbers counts once; anything else that does not fit is a
 * problem: a file that is damaged or no trace, a run that is not finished, one trained on other images
 * than the rest of its scale, two runs of one seed with different numbers.
 */
export async function collect(folder: string): Promise<Merged> {
  const problems: string[] = [];
  const found: Found[] = [];
  const names = await namesBelow(folder);
  for (const file of names.filter(isTraceName)) {
    try {
      const { runs } = await readTraceFile(new Uint8Array(await readFile(path.join(folder, file))));
      found.push(...runs.map((run) => ({ run, file })));
    } catch (error) {
      problems.push(`${file}: ${reasonOf(error)}`);
    }
  }
  for (const name of names.filter((any) => any.endsWith('.checkpoint'))) {
    problems.push(
      `${name}: its run is not finished; the same search with --resume goes on with it`,
    );
  }
  const { kept, notes } = once(found, problems);
  for (const { run, file } of kept) {
    if (run.state === 'finished') continue;
    problems.push(`${file}: ${title(run)} is not finished (${run.state})`);
  }
  problems.push(...strangers(kept));
  return { runs: kept.map(({ run }) => run), problems, notes };
}

/**
 * Writes one trace of all runs, packed when the name ends in `.gz`.
 *
 * @returns bytes of the file
 * @throws Error when no reader would take so large a trace
 */
export async function writeMerged(file: string, runs: readonly TraceRun[]): Promise<number> {
  const text = writeTrace(runs);
  if (Buffer.byteLength(text) > MAX_TRACE_BYTES) {
    throw new Error(
      `All ${runs.length} runs in one trace would have more than ${MAX_TRACE_BYTES} bytes, ` +
        'which no reader takes. Merge fewer.',
    );
  }
  const bytes = file.endsWith('.gz') ? pack(text) : new TextEncoder().encode(text);
  await writeWhole(file, [bytes]);
  return bytes.length;
}

/** A line for every regime: what it is called, its scale and its seeds. */
export function contents(runs: readonly TraceRun[]): string[] {
  return grouped(runs, regimeKey).map((group) => {
    const { name, config } = group[0]!;
    const seeds = group.map(({ seed }) => seed).sort((a, b) => a - b);
    return `${name}: scale ${config.effective.scale.name}, seeds ${formatSeeds(seeds)}`;
  });
}

/** Each run once, the first of equals; two with different numbers are a problem. */
function once(found: readonly Found[], problems: string[]): { kept: Found[]; notes: string[] } {
  const kept: Found[] = [];
  const notes: string[] = [];
  const uids = new Map<string, Found>();
  const seeds = new Map<string, Found>();
  for (const one of found) {
    const { run, file } = one;
    const place = `${run.seed} ${regimeKey(run)}`;
    const first = uids.get(run.uid) ?? seeds.get(place);
    if (first === undefined) {
      uids.set(run.uid, one);
      seeds.set(place, one);
      kept.push(one);
    } else if (first.run.digest === run.digest) {
      notes.push(`${file}: ${title(run)} is in ${first.file}, too, with the same numbers`);
    } else {
      problems.push(`${file}: ${title(run)} is in ${first.file}, too, with other numbers`);
    }
  }
  return { kept, notes };
}

/** Runs on other images than most of their scale, which must not be compared with these. */
function strangers(found: readonly Found[]): string[] {
  const scales = grouped(found, ({ run }) => canonicalJson(run.config.effective.scale));
  return scales.flatMap((group) => {
    const data = grouped(group, ({ run }) => run.data.digest);
    const [, ...others] = data.sort((a, b) => b.length - a.length);
    return others.flat().map(({ run, file }) => {
      return `${file}: ${title(run)} was trained on other images than the rest of its scale`;
    });
  });
}

/** Items with equal keys together, in the order of the first of each. */
function grouped<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()];
}

function title({ name, seed }: TraceRun): string {
  return `${name}, seed ${seed}`;
}
