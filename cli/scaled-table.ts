import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { isMainThread } from 'node:worker_threads';
import type { StandAloneData } from '../src/data/stand-alone-data';
import type { Genotype } from '../src/paper/cell';
import { BENCH_SCALE } from '../src/paper/experiment/bench';
import { formatGenotype, parseGenotype } from '../src/paper/genotype';
import { formatScale, scaleByName, ScaleError } from '../src/paper/scale';
import type { Scale } from '../src/paper/config';
import { TABLE_PARTS, tableEntries, type TableEntry } from '../src/paper/scaled-table';
import { resolveStandAlone, SCHEDULE_KEYS, type StandAloneConfig } from '../src/paper/stand-alone';
import { mean } from '../src/paper/statistics';
import { readScaledTable, type ScaledTable } from '../src/trace/scaled-table';
import type { StandAloneResult } from '../src/trace/stand-alone';
import { readAccuracies } from './lib/accuracy-file';
import { carryOutCell, type CellJob } from './lib/cell-job';
import { carryOut, oneOf, SHARED, UsageError, wholeNumber } from './lib/flags';
import type { Command, Given } from './lib/flags';
import { loadCellData } from './lib/host';
import { thisMachine } from './lib/machine';
import { readRecordings, reasonOf, RECORDINGS, type Recording } from './lib/recordings';
import { TableFile } from './lib/table-file';
import { tableReport } from './lib/table-report';
import { serveThread, workInThreads } from './lib/threads';

/* `npm run scaled-table`: accuracies of cells trained by themselves, as many as the time allows. */

const FLAGS = {
  minutes: { value: 'M', help: 'starts no training after so many minutes; needed' },
  limit: { value: 'N', help: 'starts at most so many trainings' },
  workers: { value: 'K', help: 'trainings side by side; one per core by default and at most' },
  seeds: { value: 'N', help: 'seeds of cells that recorded runs visited, 2 by default' },
  scale: SHARED.scale,
  schedule: { value: 'NAME', help: 'short (12 epochs, the default) or benchmark (200 epochs)' },
  recordings: { value: 'DIR', help: 'folder of the recordings, public/recordings by default' },
  report: { value: null, help: 'train nothing; tell what the table holds' },
  against: {
    value: 'FILE',
    help: "with --report: correlate with the benchmark's accuracies (CSV)",
  },
  out: { value: 'FILE', help: 'the table, public/tables/scaled-SCALE.json.gz by default' },
} as const;

type FlagName = keyof typeof FLAGS;

const SCALED_TABLE: Command<FlagName> = {
  name: 'scaled-table',
  operand: null,
  summary: `Trains cells by themselves and writes their accuracy on the test images into a table: first the cells
that recorded runs visited, then those of figure 6(a), then further seeds of the visited ones, then
all others. Isomorphic cells are trained once. What the table holds already is passed over, so the
same command goes on where it ended; every result is on the disk when its line is printed.`,
  flags: FLAGS,
  notes: `Exit status: 0 done; 2 wrong usage; 1 anything else, such as a training that failed.`,
};

async function run({ values }: Given<FlagName>): Promise<number> {
  const number = (flag: FlagName, otherwise: number, most: number) =>
    values[flag] === undefined
      ? otherwise
      : wholeNumber(`--${flag}`, String(values[flag]), 1, most);
  if (values.against !== undefined && values.report !== true) {
    throw new UsageError('--against: goes with --report.');
  }
  if (values.report === true) return report(values);
  if (values.minutes === undefined)
    throw new UsageError('--minutes is missing: how long to train.');
  const minutes = number('minutes', 1, 100_000);
  const limit = number('limit', Infinity, 1_000_000);
  const cores = availableParallelism();
  const workers = number('workers', cores, cores);
  const seeds = number('seeds', 2, 100);
  const scale = readScale(String(values.scale ?? BENCH_SCALE));
  const schedule = oneOf('--schedule', String(values.schedule ?? 'short'), SCHEDULE_KEYS);
  const folder = typeof values.recordings === 'string' ? values.recordings : RECORDINGS;

  const { recordings, problems } = await readRecordings(path.resolve(folder));
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) return 1;
  const data = await loadCellData(scale);
  const config = resolveStandAlone(schedule, scale);
  const table = await TableFile.open(fileOf(scale.name, values.out), {
    config,
    data: data.identity,
    command: `npm run scaled-table -- --scale ${scale.name} --schedule ${schedule} --minutes M`,
    machine: thisMachine(),
  });
  const wanted = tableEntries(
    visitedBy(recordings, ({ name }) => name === scale.name),
    visitedBy(recordings, ({ name }) => name !== scale.name),
    seeds,
  );
  const missing = wanted.filter(({ form, seed }) => !table.has(form, seed));
  console.log(
    `Scale ${scale.name}, ${config.epochs} epochs, batch ${config.batch}, in ${workers} threads. ` +
      `${wanted.length - missing.length} of ${wanted.length} trainings are done:`,
  );
  for (const line of shares(wanted, missing)) console.log(line);
  const failures = await measure(missing, { config, data, table, workers, minutes, limit });
  const left = wanted.filter(({ form, seed }) => !table.has(form, seed));
  for (const line of shares(wanted, left)) console.log(line);
  if (failures > 0)
    console.error(`${failures} trainings failed; the same command tries them again.`);
  return failures > 0 ? 1 : 0;
}

/** Tells of a table that is there. */
async function report({ scale, out, against }: Given<FlagName>['values']): Promise<number> {
  const file = fileOf(String(scale ?? BENCH_SCALE), out);
  let table: ScaledTable;
  try {
    table = await readScaledTable(new Uint8Array(await readFile(file)));
  } catch (error) {
    throw new UsageError(`--out: ${file}: ${reasonOf(error)}`);
  }
  const benchmark =
    typeof against === 'string' ? await readAccuracies('--against', against, null) : null;
  for (const line of tableReport(table, benchmark)) console.log(line);
  return 0;
}

function fileOf(scale: string, out: unknown): string {
  return path.resolve(
    typeof out === 'string' ? out : path.join(RECORDINGS, `../tables/scaled-${scale}.json.gz`),
  );
}

function readScale(name: string): Scale {
  try {
    return scaleByName(name);
  } catch (error) {
    if (error instanceof ScaleError) throw new UsageError(`--scale: ${error.message}`);
    throw error;
  }
}

/** The cells that runs of the benchmark's space derived at any epoch, at the scales asked for. */
function visitedBy(
  recordings: readonly Recording[],
  isAsked: (scale: Scale) => boolean,
): Genotype[] {
  const archs = recordings
    .flatMap(({ runs }) => runs)
    .filter(({ config: { effective } }) => !effective.space)
    // By size: runs that chose the scale bear the name that it had before.
    .filter(({ config: { effective } }) => isAsked(scaleByName(formatScale(effective.scale))))
    .flatMap(({ epochs }) => epochs.map(({ arch }) => arch));
  return [...new Set(archs)].map(parseGenotype);
}

/** How much of each part of the order there is. */
function shares(wanted: readonly TableEntry[], missing: readonly TableEntry[]): string[] {
  return TABLE_PARTS.map((part) => {
    const of = (entries: readonly TableEntry[]) =>
      entries.filter((entry) => entry.part === part).length;
    return `  ${part}: ${of(wanted) - of(missing)} of ${of(wanted)}`;
  });
}

interface Work {
  readonly config: StandAloneConfig;
  readonly data: StandAloneData;
  readonly table: TableFile;
  readonly workers: number;
  readonly minutes: number;
  readonly limit: number;
}

/** Trains in this order until the time or the limit is reached. @returns trainings that failed */
async function measure(
  entries: readonly TableEntry[],
  { config, data, table, workers, minutes, limit }: Work,
): Promise<number> {
  const end = performance.now() + 60_000 * minutes;
  const queue = entries.slice(0, limit);
  const next = (): CellJob | undefined => {
    if (performance.now() >= end) return undefined;
    const entry = queue.shift();
    return entry && { genotype: entry.genotype, seed: entry.seed, config };
  };
  const seconds: number[] = [];
  let failures = 0;
  const saved: Promise<void>[] = [];
  await workInThreads<CellJob, StandAloneResult>(
    workers,
    data,
    next,
    ({ genotype, seed }, told) => {
      if (told.type === 'report') {
        const result = told.report;
        seconds.push(result.seconds);
        saved.push(table.add(result).then(() => console.log(lineOf(result))));
      } else if (told.failure !== null) {
        failures += 1;
        console.error(`${formatGenotype(genotype)}, seed ${seed}: ${told.failure}`);
      }
    },
  );
  await Promise.all(saved);
  if (seconds.length > 0) {
    const each = mean(seconds).toFixed(1);
    console.log(
      `${seconds.length} trainings, ${each} s each. ${table.size} classes of cells have a result:`,
    );
  }
  return failures;
}

function lineOf({ arch, seed, testAccuracy, testLoss, seconds }: StandAloneResult): string {
  const accuracy = (100 * testAccuracy).toFixed(2);
  return `${arch} seed ${seed}: ${accuracy} %, loss ${testLoss.toFixed(3)}, ${seconds.toFixed(1)} s`;
}

if (isMainThread) await carryOut(SCALED_TABLE, run);
else {
  serveThread<CellJob, StandAloneData, StandAloneResult>(async (job, device, data, report) =>
    report(await carryOutCell(job, device, data)),
  );
}
