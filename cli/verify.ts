import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { SearchData } from '../src/data/search-data';
import { F16_STORAGE, type Device } from '../src/engine/device';
import { parseSeeds } from '../src/paper/seeds';
import { spaceOf } from '../src/paper/space/registry';
import {
  compareEpochs,
  EXACT,
  type Difference,
  type EpochComparison,
  type Tolerance,
} from '../src/trace/compare';
import { configDigest, runDigest } from '../src/trace/digest';
import { TraceError } from '../src/trace/error';
import { LIMITS } from '../src/trace/schema';
import type { BackendName, EpochRecord, TraceRun } from '../src/trace/types';
import { readTraceFile } from '../src/trace/unpack';
import { trainRun } from '../src/trainer/loop';
import { carryOut, oneOf, UsageError, wholeNumber, type Command, type Given } from './lib/flags';
import { loadData, openHostDevice } from './lib/host';

/* `npm run verify`: trains the first epochs of a trace again and compares. */

const FLAGS = {
  epochs: { value: 'N', help: 'epochs to train again, 2 by default' },
  seeds: { value: 'LIST', help: 'only the runs of these seeds; all by default' },
  backend: { value: 'NAME', help: 'wasm, webgpu or cpu; by default what the trace was trained on' },
  tolerance: {
    value: 'X',
    help: 'largest relative error of a number that still counts as close: 0.001, but 0 on wasm\nby the kernels that the trace names, since its arithmetic is fixed to the bit',
  },
} as const;

const VERIFY: Command<keyof typeof FLAGS> = {
  name: 'verify',
  operand: 'TRACE',
  summary: `Trains the first epochs of every run in TRACE (JSON, plain or packed by gzip) again, with its configuration, seed, data, backend
and changes in mid-run, and compares epoch by epoch.`,
  flags: FLAGS,
  notes:
    'Exit status: 0 equal or within the tolerance; 1 different; 2 wrong usage or no such trace.',
};

const BACKENDS = ['wasm', 'webgpu', 'cpu'] as const satisfies BackendName[];

interface Request {
  readonly runs: readonly TraceRun[];
  readonly epochs: number;
  /** Null: each run's own. */
  readonly backend: BackendName | null;
  /** Null: by the backend. */
  readonly tolerance: number | null;
}

async function readRequest({ values, operand }: Given<keyof typeof FLAGS>): Promise<Request> {
  if (operand === null) throw new UsageError('TRACE is missing: the file to verify.');
  const { epochs = '2', backend, tolerance, seeds } = values;
  const count = wholeNumber('--epochs', String(epochs), 1, LIMITS.epochs);
  const chosen = backend === undefined ? null : oneOf('--backend', String(backend), BACKENDS);
  const limit = tolerance === undefined ? null : Number(tolerance);
  if (limit !== null && !(limit >= 0 && limit < 1)) {
    throw new UsageError(`--tolerance: must be a number from 0 to below 1, not "${tolerance}".`);
  }
  const wanted = seeds === undefined ? null : readSeeds(String(seeds));
  const { runs } = await readFileRuns(path.resolve(operand));
  const picked = runs.filter(({ seed }) => wanted?.includes(seed) ?? true);
  if (picked.length === 0) {
    throw new UsageError(`--seeds: ${operand} has no run of these seeds.`);
  }
  const empty = picked.find((run) => run.epochs.length === 0);
  if (empty) throw new UsageError(`TRACE: ${title(empty)} has no epochs to compare with.`);
  return { runs: picked, epochs: count, backend: chosen, tolerance: limit };
}

function readSeeds(text: string): number[] {
  try {
    return parseSeeds(text);
  } catch (error) {
    throw new UsageError(`--seeds: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function readFileRuns(file: string): Promise<{ runs: TraceRun[] }> {
  try {
    return await readTraceFile(new Uint8Array(await readFile(file)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const what = error instanceof TraceError ? 'is no valid trace' : 'cannot be read';
    throw new UsageError(`TRACE: ${file} ${what}: ${reason}`);
  }
}

async function verify({ runs, epochs, backend, tolerance }: Request): Promise<number> {
  let different = 0;
  for (const run of runs) {
    const name = backend ?? run.environment.backend;
    const { scale, ops } = run.config.effective;
    const space = spaceOf(run.config.effective);
    const data = await loadData(scale);
    if (data.identity.digest !== run.data.digest) {
      throw new UsageError(
        `TRACE: ${title(run)} was trained on other images (${run.data.name}) than are here.`,
      );
    }
    const half = run.environment.options?.includes(F16_STORAGE) ?? false;
    const device = await openHostDevice(name, { half });
    const count = Math.min(epochs, run.epochs.length);
    console.log(
      `${title(run)}: ${count} of ${run.epochs.length} epochs on ${name}, ${device.adapter}`,
    );
    if ((await configDigest(run)) !== run.configDigest) {
      console.log(
        '  It was made under an older version of the science: differences are to be expected.',
      );
    }
    const { code } = run.environment;
    if (code !== device.code) {
      console.log(`  Trained by ${code ?? 'older'} kernels, and here by ${device.code} kernels.`);
    }
    const exact = name === 'wasm' && run.environment.backend === 'wasm' && code === device.code;
    const limits = tolerancesOf(tolerance ?? (exact ? 0 : LOOSE), scale.images);
    const got = await trainAgain(run, count, device, data, (record) => {
      const expected = run.epochs[record.epoch - 1]!;
      const [epoch] = compareEpochs([expected], [record], ops, limits, space).epochs;
      console.log(`  epoch ${record.epoch}: ${describe(epoch!)}`);
    });
    device.close();
    const kept = run.epochs.slice(0, count);
    const { verdict } = compareEpochs(kept, got, ops, limits, space);
    if (verdict === 'different') different += 1;
    const [digest, again] = await Promise.all([
      runDigest({ ...run, epochs: kept }),
      runDigest({ ...run, epochs: got }),
    ]);
    console.log(`  digest of these epochs: ${digest} in the trace, ${again} here`);
    if (verdict === 'different' && !exact) console.log(`  ${ROUNDING}`);
    console.log(`${title(run)}: ${VERDICTS[verdict]}`);
  }
  return different > 0 ? 1 : 0;
}

const ROUNDING =
  'Other kernels or another GPU round differently, and training lets such differences grow from step ' +
  'to step. A small error that sets in after some steps tells no more than that.';

const VERDICTS = {
  equal: 'equal to the bit',
  close: 'within the tolerance',
  different: 'different',
} as const;

async function trainAgain(
  { seed, config, toggles }: TraceRun,
  count: number,
  device: Device,
  data: SearchData,
  hear: (record: EpochRecord) => void,
): Promise<EpochRecord[]> {
  const records: EpochRecord[] = [];
  const loop = trainRun({ seed, config, data, device, from: null, toggles: () => toggles });
  for await (const progress of loop) {
    if (progress.type !== 'epoch') continue;
    records.push(progress.record);
    hear(progress.record);
    if (records.length === count) break;
  }
  return records;
}

/** Relative error that another order of the same sums stays below over a few epochs. */
const LOOSE = 1e-3;

function tolerancesOf(relative: number, images: number): Tolerance {
  if (relative === 0) return EXACT;
  // Rounding may tip a few images whose two best classes are nearly level.
  return { relative, accuracy: Math.max(relative, 4 / images) };
}

function title({ name, seed }: TraceRun): string {
  return `${name}, seed ${seed}`;
}

function describe({ verdict, difference }: EpochComparison): string {
  if (verdict === 'equal' || difference === null) return 'equal to the bit';
  const word = verdict === 'close' ? 'within the tolerance, at most' : 'different,';
  return `${word} ${describePlace(difference)}`;
}

function describePlace({ field, place, step, expected, got, error }: Difference): string {
  const where = [
    field,
    step === null ? '' : `after step ${step}`,
    place === null ? '' : `of edge ${place.edge}, ${place.operation}`,
  ];
  const size = Number.isFinite(error) && error > 0 ? ` (error ${error.toPrecision(2)})` : '';
  return `${where.filter((part) => part !== '').join(' ')}: ${String(expected)} in the trace, ${String(got)} here${size}`;
}

await carryOut(VERIFY, async (given) => verify(await readRequest(given)));
