import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Device } from '../src/engine/device';
import type { MethodName } from '../src/paper/config';
import { countStepMultiplyAdds } from '../src/paper/count';
import { METHOD_FACTS } from '../src/paper/method/registry';
import { DEFAULT_SETTINGS } from '../src/paper/regime';
import { resolveConfig } from '../src/paper/resolve';
import { oneShotSpaceByKey } from '../src/paper/space/registry';
import { ONE_SHOT_KEYS } from '../src/paper/space/space';
import { validateSettings } from '../src/paper/validate';
import type { BackendName } from '../src/trace/types';
import {
  bench,
  BESIDE,
  WAYS,
  type BenchResult,
  type Beside,
  type BesideResult,
  type Ratio,
} from '../src/trainer/bench';
import { watchGpu } from '../src/trainer/gpu-watch';
import type { BenchDocument } from '../src/trainer/protocol';
import {
  carryOut,
  oneOf,
  SHARED,
  UsageError,
  wholeNumber,
  type Command,
  type Given,
} from './lib/flags';
import { lendGpu, openHostDevice } from './lib/host';
import { textTable, type Column } from './lib/table';

/* `npm run bench`: milliseconds and memory of a bilevel step, stock tfjs against ours. */

const FLAGS = {
  backend: { value: 'LIST', help: 'wasm (the default), webgpu, cpu, or several as in wasm,cpu' },
  scale: SHARED.scale,
  only: { value: 'LIST', help: 'some ways only: stock, eager, captured' },
  beside: {
    value: 'LIST',
    help: `what else is timed in the same rounds: ${BESIDE.join(', ')} or none; cell by default`,
  },
  rounds: { value: 'N', help: 'rounds in which every way is timed in turn, 7 by default' },
  growth: {
    value: 'N',
    help: 'steps over which the growth of ours is measured, 20 by default; 0 for none',
  },
  json: { value: 'FILE', help: 'write the figures to a file, too' },
} as const;

type FlagName = keyof typeof FLAGS;

const BENCH: Command<FlagName> = {
  name: 'bench',
  operand: null,
  summary: `Measures bilevel steps of the supernet on noise:
  stock     edge by edge with stock TensorFlow.js operations and its gradient tape; on wasm with our
            convolution gradients, without which it cannot train there
  eager     ours, an operation at a time
  captured  ours, recorded once and replayed (webgpu)
Every way is measured alone for its memory, then all in turns for their time: medians over rounds. In
the same rounds other steps of ours are timed, as a share of the bilevel step: a step of stand-alone
training, with the cell of six 3x3 convolutions, and bilevel steps in the spaces of NAS-Bench-1Shot1
and by other search methods than DARTS-V1.`,
  flags: FLAGS,
  notes: `ms/step is the wall clock until the device is done, host ms the time until a step's calls
return. Exit status: 0 done; 2 wrong usage; 1 anything else, such as a backend that is not there.`,
};

const BACKENDS = ['wasm', 'webgpu', 'cpu'] as const satisfies BackendName[];

async function run({ values }: Given<FlagName>): Promise<number> {
  const listed = <const Choice extends string>(
    flag: FlagName,
    choices: readonly Choice[],
    otherwise: string,
  ) =>
    String(values[flag] ?? otherwise)
      .split(',')
      .map((text) => oneOf(`--${flag}`, text, choices));
  const backends = [...new Set(listed('backend', BACKENDS, 'wasm'))];
  const only = listed('only', WAYS, WAYS.join(','));
  const ways = WAYS.filter((way) => only.includes(way));
  const asked = String(values.beside ?? 'cell');
  const beside = asked === 'none' ? [] : listed('beside', BESIDE, 'cell');
  const rounds = wholeNumber('--rounds', String(values.rounds ?? '7'), 1, 1000);
  const growthSteps = wholeNumber('--growth', String(values.growth ?? '20'), 0, 1_000_000);
  const { settings, problems } = validateSettings({ scale: values.scale });
  if (problems[0]) throw new UsageError(`--scale: ${problems[0].message}`);
  const config = resolveConfig({ ...DEFAULT_SETTINGS, ...settings }).effective;
  const { scale } = config;
  const { json } = values;
  const file = typeof json === 'string' ? path.resolve(json) : null;
  if (file !== null) await requireFile(file);

  if (backends.includes('webgpu')) await lendGpu();
  const gpu = watchGpu();
  const devices: Device[] = [];
  for (const backend of backends) devices.push(await openHostDevice(backend));

  const multiplyAdds = countStepMultiplyAdds({ ...scale, ops: config.ops });
  const [cpu] = cpus();
  console.log(
    `Scale ${scale.name}: C=${scale.channels} N=${scale.cells}, ${scale.resolution}x${scale.resolution}, batch ${scale.batch}`,
  );
  console.log(`About ${(multiplyAdds / 1e6).toFixed(1)} million multiply-adds a bilevel step`);
  for (const { name, adapter, code } of devices)
    console.log(`${name}: ${adapter}, ${code} kernels`);
  console.log(
    `Node ${process.versions.node} on ${cpu?.model ?? 'an unknown CPU'}, ${cpus().length} cores`,
  );
  const {
    results,
    ratios,
    beside: others,
  } = await bench(devices, {
    config,
    beside,
    ways,
    rounds,
    growthSteps,
    gpu,
    heapBytes,
    ...(process.stderr.isTTY ? { report: (text) => console.error(text) } : {}),
  });
  for (const device of devices) device.close();
  console.log(tableOf(results));
  for (const ratio of ratios) console.log(ratioLine(ratio));
  for (const other of others) console.log(besideLine(other));
  if (file !== null) {
    const machine = { node: process.versions.node, cpu: cpu?.model ?? null, cores: cpus().length };
    const adapters = devices.map(({ name, adapter, code }) => ({ backend: name, adapter, code }));
    const document: BenchDocument = {
      date: new Date().toISOString(),
      build: __BUILD__,
      machine,
      adapters,
      scale,
      multiplyAdds,
      rounds,
      results,
      ratios,
      beside: others,
    };
    await writeFile(file, `${JSON.stringify(document, null, 2)}\n`);
  }
  return 0;
}

async function requireFile(file: string): Promise<void> {
  try {
    await writeFile(file, '', { flag: 'a' });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--json: ${file} cannot be written: ${reason}`);
  }
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapBytes(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

const COLUMNS: readonly (readonly [string, (result: BenchResult) => string])[] = [
  ['way', ({ backend, way }) => `${backend} ${way}`],
  ['ms/step', ({ stepMs }) => stepMs.toFixed(2)],
  ['fastest', ({ fastestStepMs }) => fastestStepMs.toFixed(2)],
  ['host ms', ({ hostMs }) => hostMs.toFixed(2)],
  ['dispatches', ({ dispatches }) => shown(dispatches)],
  ['tensors MB', ({ tensorBytes }) => megabytes(tensorBytes)],
  ['GPU MB', ({ gpuBytes }) => megabytes(gpuBytes)],
  ['tensors', ({ tensors }) => String(tensors)],
  ['growth', ({ growth }) => (growth ? `over ${growth.steps} steps:` : '-')],
  ['tensors', ({ growth }) => shown(growth?.tensors)],
  ['GPU B', ({ growth }) => shown(growth?.gpuBytes)],
  ['wasm B', ({ growth }) => shown(growth?.wasmBytes)],
  ['heap kB', ({ growth }) => (growth ? (growth.heapBytes / 1000).toFixed(0) : '-')],
];

function tableOf(results: readonly BenchResult[]): string {
  const columns = COLUMNS.map(([head, text], at): Column<BenchResult> => {
    return { head, text, align: at === 0 ? 'left' : 'right' };
  });
  return textTable(columns, results);
}

function ratioLine({ of, to, step, host }: Ratio): string {
  return `${of} / ${to}: step ${step.toFixed(2)}, host ${host.toFixed(2)}`;
}

function besideLine({ backend, what, stepMs, share }: BesideResult): string {
  const part = share === null ? '' : `, ${share.toFixed(2)} of our bilevel step`;
  return `${backend}: ${stepWords(what)} takes ${stepMs.toFixed(2)} ms${part}`;
}

function stepWords(what: Beside): string {
  if (what === 'cell') return 'a step of the all-3x3 cell by itself';
  const space = ONE_SHOT_KEYS.find((key) => key === what);
  return space === undefined
    ? `a step of ${METHOD_FACTS[what as MethodName].title}`
    : `a bilevel step in ${oneShotSpaceByKey(space).label}`;
}

function shown(value: number | null | undefined): string {
  return value === null || value === undefined ? '-' : String(value);
}

function megabytes(bytes: number | null): string {
  return bytes === null ? '-' : (bytes / 2 ** 20).toFixed(2);
}

await carryOut(BENCH, run);
