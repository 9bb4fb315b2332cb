import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { isMainThread } from 'node:worker_threads';
import type { StandAloneData } from '../src/data/stand-alone-data';
import { BENCH_SCALE } from '../src/paper/experiment/bench';
import { scaleByName, ScaleError } from '../src/paper/scale';
import type { Scale } from '../src/paper/config';
import { CELL_SPACE_KEYS, type CellSpaceKey } from '../src/paper/space/space';
import {
  resolveStandAlone,
  SCHEDULE_KEYS,
  type ScheduleKey,
  type StandAloneConfig,
} from '../src/paper/stand-alone';
import { mean } from '../src/paper/statistics';
import { readScaledTable, shippedTableName } from '../src/trace/scaled-table';
import type { StandAloneResult } from '../src/trace/stand-alone';
import { readAccuracies } from './lib/accuracy-file';
import { CELL_CHECKPOINTS, removeCellCheckpoint } from './lib/cell-checkpoint';
import { carryOutCell, type CellJob } from './lib/cell-job';
import { carryOut, oneOf, SHARED, UsageError, wholeNumber } from './lib/flags';
import type { Command, Given } from './lib/flags';
import { isMissing } from './lib/files';
import { loadCellData } from './lib/host';
import { thisMachine } from './lib/machine';
import { readRecordings, reasonOf, RECORDINGS, TABLES } from './lib/recordings';
import { TableFile } from './lib/table-file';
import { tableReport } from './lib/table-report';
import { serveThread, workInThreads } from './lib/threads';
import {
  missingOf,
  sharesOf,
  wantedEntries,
  type WantedCell,
  type WantedTable,
} from './lib/wanted-table';

/* `npm run scaled-table`: accuracies of cells trained by themselves, as many as the time allows. */

const FLAGS = {
  minutes: { value: 'M', help: 'stops after so many minutes, behind the epochs in hand; needed' },
  space: {
    value: 'KEY[,KEY...]',
    help: 'nas-bench-201, nas-bench-1shot1-1, -2 or -3; all four by default, each in a table of its own',
  },
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
  out: {
    value: 'FILE',
    help: 'the table of one space, by default public/tables/scaled-SCALE.json.gz, or -1shot1-N behind SCALE',
  },
} as const;

type FlagName = keyof typeof FLAGS;

/** Seconds: training is cut off by machines that are turned off. */
const CHECKPOINT_EVERY = 30;

const SCALED_TABLE: Command<FlagName> = {
  name: 'scaled-table',
  operand: null,
  summary: `Trains cells by themselves and writes their accuracy on the test images into a table: first the cells
that recorded runs visited, every tenth of them with two seeds, then those of figure 6(a), then further
seeds of the visited ones, then others: all of NAS-Bench-201, 500 drawn from each other space. Cells
that count as one are trained once. What the table holds already is passed over, so the same command
goes on where it ended; every result is on the disk when its line is printed. Of a long training there
is a checkpoint every half minute, in .cache/cells: it goes on after the last, too.`,
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
  const configs = readSpaces(values).map((space) => resolveAt(schedule, scale, space));
  const folder = typeof values.recordings === 'string' ? values.recordings : RECORDINGS;

  const { recordings, problems } = await readRecordings(path.resolve(folder));
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) return 1;
  const data = await loadCellData(scale);
  const tables: WantedTable[] = [];
  for (const config of configs) {
    const space = config.space ?? 'nas-bench-201';
    const file = await TableFile.open(fileOf(scale.name, space, values.out), {
      config,
      data: data.identity,
      command: `npm run scaled-table -- --space ${space} --scale ${scale.name} --schedule ${schedule} --minutes M`,
      machine: thisMachine(),
    });
    const entries = wantedEntries(space, recordings, scale.name, seeds);
    tables.push({ space, config, file, entries });
  }
  const { epochs, batch } = tables[0]!.config;
  console.log(
    `Scale ${scale.name}, ${epochs} epochs, batch ${batch}, in ${workers} threads. Trainings done:`,
  );
  for (const line of sharesOf(tables)) console.log(line);
  const failures = await measure(missingOf(tables), { data, workers, minutes, limit });
  for (const line of sharesOf(tables)) console.log(line);
  if (failures > 0)
    console.error(`${failures} trainings failed; the same command tries them again.`);
  return failures > 0 ? 1 : 0;
}

/** Tells of a table that is there. */
async function report(values: Given<FlagName>['values']): Promise<number> {
  const { scale, out, against } = values;
  const benchmark =
    typeof against === 'string' ? await readAccuracies('--against', against, null) : null;
  const files =
    typeof out === 'string'
      ? [path.resolve(out)]
      : readSpaces(values).map((space) => fileOf(String(scale ?? BENCH_SCALE), space, out));
  for (const file of files) {
    try {
      const table = await readScaledTable(new Uint8Array(await readFile(file)));
      for (const line of tableReport(table, benchmark)) console.log(line);
    } catch (error) {
      // Of all spaces some may have no table yet.
      if (!isMissing(error) || values.space !== undefined || out !== undefined) {
        throw new UsageError(`--out: ${file}: ${reasonOf(error)}`);
      }
      console.log(`${file}: no table yet`);
    }
  }
  return 0;
}

function fileOf(scale: string, space: CellSpaceKey, out: unknown): string {
  if (typeof out === 'string') return path.resolve(out);
  return path.join(TABLES, shippedTableName(scale, space));
}

/** @throws UsageError for an unknown one, or for a file of several */
function readSpaces({ space, out }: Given<FlagName>['values']): CellSpaceKey[] {
  const named =
    typeof space === 'string'
      ? space.split(',').map((key) => oneOf('--space', key, CELL_SPACE_KEYS))
      : CELL_SPACE_KEYS;
  const spaces = CELL_SPACE_KEYS.filter((key) => named.includes(key));
  if (spaces.length > 1 && out !== undefined) {
    throw new UsageError('--out: is the table of one space; name it with --space.');
  }
  return spaces;
}

function resolveAt(schedule: ScheduleKey, scale: Scale, space: CellSpaceKey): StandAloneConfig {
  try {
    return resolveStandAlone(schedule, scale, space === 'nas-bench-201' ? null : space);
  } catch (error) {
    if (error instanceof ScaleError) throw new UsageError(`--scale: ${error.message}`);
    throw error;
  }
}

function readScale(name: string): Scale {
  try {
    return scaleByName(name);
  } catch (error) {
    if (error instanceof ScaleError) throw new UsageError(`--scale: ${error.message}`);
    throw error;
  }
}

interface Work {
  readonly data: StandAloneData;
  readonly workers: number;
  readonly minutes: number;
  readonly limit: number;
}

/** Trains in this order until the time or the limit is reached. @returns trainings that failed */
async function measure(
  cells: readonly WantedCell[],
  { data, workers, minutes, limit }: Work,
): Promise<number> {
  const until = Date.now() + 60_000 * minutes;
  const queue = cells.slice(0, limit);
  // A thread is given what it needs alone; which table it is for is known here.
  const tables = new Map<CellJob, WantedTable>();
  const next = (): CellJob | undefined => {
    const cell = Date.now() < until ? queue.shift() : undefined;
    if (cell === undefined) return undefined;
    const { arch, seed, table } = cell;
    const job = { arch, seed, config: table.config, until };
    tables.set(job, table);
    return job;
  };
  const seconds: number[] = [];
  let failures = 0;
  const saved: Promise<void>[] = [];
  const save = async (file: TableFile, result: StandAloneResult) => {
    await file.add(result);
    await removeCellCheckpoint(CELL_CHECKPOINTS, result);
    console.log(lineOf(result));
  };
  await workInThreads<CellJob, StandAloneResult | null>(workers, data, next, (job, told) => {
    if (told.type === 'report') {
      const result = told.report;
      if (result === null) {
        console.log(`${job.arch} seed ${job.seed}: time is up; the same command goes on with it`);
        return;
      }
      seconds.push(result.seconds);
      saved.push(save(tables.get(job)!.file, result));
    } else if (told.failure !== null) {
      failures += 1;
      console.error(`${job.arch}, seed ${job.seed}: ${told.failure}`);
    }
  });
  await Promise.all(saved);
  if (seconds.length > 0) {
    console.log(`${seconds.length} trainings, ${mean(seconds).toFixed(1)} s each:`);
  }
  return failures;
}

function lineOf({ arch, seed, testAccuracy, testLoss, seconds }: StandAloneResult): string {
  const accuracy = (100 * testAccuracy).toFixed(2);
  return `${arch} seed ${seed}: ${accuracy} %, loss ${testLoss.toFixed(3)}, ${seconds.toFixed(1)} s`;
}

if (isMainThread) await carryOut(SCALED_TABLE, run);
else {
  serveThread<CellJob, StandAloneData, StandAloneResult | null>(
    async (job, device, data, report) => {
      const keeping = { folder: CELL_CHECKPOINTS, every: CHECKPOINT_EVERY };
      report(await carryOutCell(job, device, data, keeping));
    },
  );
}
