import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { F16_STORAGE } from '../src/engine/device';
import { parseSeeds } from '../src/paper/seeds';
import type { EpochComparison } from '../src/trace/compare';
import { comparisonWords, ROUNDING, VERDICT_WORDS } from '../src/trace/compare-words';
import { TraceError } from '../src/trace/error';
import { LIMITS } from '../src/trace/schema';
import type { BackendName, TraceRun } from '../src/trace/types';
import { readTraceFile } from '../src/trace/unpack';
import { caveatsOf, requireComparable, verifyRun } from '../src/trainer/verify';
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
    const data = await loadData(run.config.effective.scale);
    try {
      requireComparable(run, data);
    } catch (error) {
      throw new UsageError(`TRACE: ${title(run)}: ${(error as Error).message}`);
    }
    const half = run.environment.options?.includes(F16_STORAGE) ?? false;
    const device = await openHostDevice(name, { half });
    const count = Math.min(epochs, run.epochs.length);
    console.log(
      `${title(run)}: ${count} of ${run.epochs.length} epochs on ${name}, ${device.adapter}`,
    );
    for (const caveat of await caveatsOf(run, device)) console.log(`  ${caveat}`);
    const hear = (epoch: EpochComparison) =>
      console.log(`  epoch ${epoch.epoch}: ${comparisonWords(epoch)}`);
    const found = await verifyRun(run, { epochs: count, device, data, tolerance, hear });
    device.close();
    if (found.verdict === 'different') different += 1;
    console.log(`  digest of these epochs: ${found.digest} in the trace, ${found.again} here`);
    if (found.verdict === 'different' && !found.exact) console.log(`  ${ROUNDING}`);
    console.log(`${title(run)}: ${VERDICT_WORDS[found.verdict]}`);
  }
  return different > 0 ? 1 : 0;
}

function title({ name, seed }: TraceRun): string {
  return `${name}, seed ${seed}`;
}

await carryOut(VERIFY, async (given) => verify(await readRequest(given)));
