import type { Device } from '../engine/device';
import type { Kernels } from '../engine/kernels';
import type { EffectiveConfig } from '../paper/config';
import type { BackendName } from '../trace/types';
import {
  EPOCH,
  openBeside,
  openContender,
  type Beside,
  type Contender,
  type Way,
} from './contender';
import type { GpuWatch } from './gpu-watch';

export { BESIDE, WAYS, type Beside, type Way } from './contender';

export interface BenchOptions {
  readonly config: EffectiveConfig;
  readonly ways: readonly Way[];
  /** Rounds in which every way is timed once; medians over them are reported. */
  readonly rounds: number;
  /** Steps over which the growth of our ways is measured; 0 for none. */
  readonly growthSteps: number;
  /** Counts of the GPU, set up before the device was opened; null elsewhere. */
  readonly gpu: GpuWatch | null;
  /** Bytes of the JavaScript heap after a collection, as far as the host can tell. */
  readonly heapBytes: () => number;
  /** What else is timed in the same rounds; nothing unless told. */
  readonly beside?: readonly Beside[];
  readonly report?: (text: string) => void;
}

export interface Growth {
  readonly steps: number;
  readonly tensors: number;
  /** Of all GPU buffers; null without a GPU. */
  readonly gpuBytes: number | null;
  /** Of wasm's memory; null on other backends. */
  readonly wasmBytes: number | null;
  readonly heapBytes: number;
}

export interface BenchResult {
  readonly backend: BackendName;
  readonly way: Way;
  /** Median over the rounds of wall milliseconds a step, the device's work included. */
  readonly stepMs: number;
  readonly fastestStepMs: number;
  /** Median of the milliseconds until the calls of a step return. */
  readonly hostMs: number;
  /** Steps of a round. */
  readonly stepsPerRound: number;
  /** Compute dispatches of a step; null without a GPU. */
  readonly dispatches: number | null;
  /** Most bytes of tensors alive at one time in a step, parameters included. */
  readonly tensorBytes: number;
  /** Most bytes of all GPU buffers; null without a GPU. */
  readonly gpuBytes: number | null;
  /** Tensors alive between two steps. */
  readonly tensors: number;
  readonly growth: Growth | null;
}

/** How often one way's time holds another's. */
export interface Ratio {
  readonly of: string;
  readonly to: string;
  readonly step: number;
  readonly host: number;
}

/** Another step of ours, timed in the same rounds. */
export interface BesideResult extends Times {
  readonly backend: BackendName;
  readonly what: Beside;
  /** Its time over that of our fastest bilevel step on this backend; null where none was timed. */
  readonly share: number | null;
}

/** A round of one way aims at so many milliseconds. */
const ROUND_MS = 600;
const MOST_STEPS = EPOCH;
/** Compilers replace their first, slow code while so many steps run, or for so many milliseconds. */
const WARM_UP_STEPS = 6;
const WARM_UP_MS = 5000;

/**
 * Measures bilevel steps on noise. First every way alone, for its memory and its growth; then all of
 * them in turns, round by round, so that a machine that becomes slow or fast favours none.
 *
 * @param devices open; with more than one, they are compared with each other
 */
export async function bench(
  devices: readonly Device[],
  options: BenchOptions,
): Promise<{
  readonly results: readonly BenchResult[];
  readonly ratios: readonly Ratio[];
  readonly beside: readonly BesideResult[];
}> {
  const report = options.report ?? (() => undefined);
  const entries = devices.flatMap((device) =>
    options.ways
      .filter((way) => way !== 'captured' || device.name === 'webgpu')
      .map((way) => ({ device, way })),
  );
  const others = devices.flatMap((device) =>
    (options.beside ?? []).map((what) => ({ device, what })),
  );
  const memories: Memory[] = [];
  for (const { device, way } of entries) {
    report(`${device.name} ${way}: memory`);
    const contender = await openContender(device, way, options.config);
    try {
      memories.push(await measureMemory(contender, device, options));
    } finally {
      contender.dispose();
      device.kernels.fused.forget();
    }
  }
  const contenders: Contender[] = [];
  try {
    for (const { device, way } of entries) {
      contenders.push(await openContender(device, way, options.config));
    }
    for (const { device, what } of others) {
      contenders.push(await openBeside(device, what, options.config));
    }
    const times = await race(contenders, options.rounds, report);
    const results = entries.map(({ device, way }, i): BenchResult => ({
      backend: device.name,
      way,
      ...times[i]!,
      ...memories[i]!,
    }));
    const beside = times.slice(entries.length).map((time, i): BesideResult => {
      const { device, what } = others[i]!;
      const backend = device.name;
      const ours = results.filter((one) => one.backend === backend && one.way !== 'stock');
      const share = time.stepMs / Math.min(...ours.map(({ stepMs }) => stepMs));
      return { backend, what, ...time, share: ours.length > 0 ? share : null };
    });
    return { results, ratios: ratiosOf(results), beside };
  } finally {
    for (const contender of contenders) contender.dispose();
  }
}

type Memory = Pick<BenchResult, 'dispatches' | 'tensorBytes' | 'gpuBytes' | 'tensors' | 'growth'>;

async function measureMemory(
  contender: Contender,
  device: Device,
  { gpu, growthSteps, heapBytes }: BenchOptions,
): Promise<Memory> {
  const watched = device.name === 'webgpu' ? gpu : null;
  watched?.resetPeak();
  await contender.activate();
  contender.beginEpoch();
  const tensorBytes = contender.tensorBytes();
  await contender.settle();
  // The first step makes what later ones find: packed filters, sums, recordings.
  contender.step();
  await contender.settle();
  const before = watched?.dispatches ?? 0;
  contender.step();
  await contender.settle();
  const dispatches = watched ? watched.dispatches - before : null;
  device.check();
  const take = () => ({
    tensors: contender.tensors(),
    gpuBytes: watched?.bytes ?? null,
    wasmBytes: device.name === 'wasm' ? wasmBytes(device.kernels) : null,
    heapBytes: heapBytes(),
  });
  const first = take();
  let growth: Growth | null = null;
  if (growthSteps > 0 && contender.way !== 'stock') {
    await takeSteps(contender, growthSteps);
    const last = take();
    const difference = (a: number | null, b: number | null) => (a === null ? null : b! - a);
    growth = {
      steps: growthSteps,
      tensors: last.tensors - first.tensors,
      gpuBytes: difference(first.gpuBytes, last.gpuBytes),
      wasmBytes: difference(first.wasmBytes, last.wasmBytes),
      heapBytes: last.heapBytes - first.heapBytes,
    };
  }
  const gpuBytes = watched?.peakBytes ?? null;
  return { dispatches, tensorBytes, gpuBytes, tensors: first.tensors, growth };
}

/** @returns milliseconds of all steps together: wall clock, and in the calls of the steps alone */
async function takeSteps(
  contender: Contender,
  count: number,
): Promise<{ wall: number; host: number }> {
  let wall = 0;
  let host = 0;
  for (let done = 0; done < count; done += EPOCH) {
    contender.beginEpoch();
    await contender.settle();
    const begun = performance.now();
    for (let i = done; i < Math.min(count, done + EPOCH); i++) {
      const start = performance.now();
      contender.step();
      host += performance.now() - start;
      await contender.pace();
    }
    await contender.settle();
    wall += performance.now() - begun;
  }
  return { wall, host };
}

type Times = Pick<BenchResult, 'stepMs' | 'fastestStepMs' | 'hostMs' | 'stepsPerRound'>;

async function race(
  contenders: readonly Contender[],
  rounds: number,
  report: (text: string) => void,
): Promise<Times[]> {
  const steps: number[] = [];
  for (const contender of contenders) {
    report(`${contender.backend} ${contender.way}: warm-up`);
    await contender.activate();
    let latest = 0;
    const begun = performance.now();
    for (let i = 0; i < WARM_UP_STEPS && (i < 1 || performance.now() - begun < WARM_UP_MS); i++) {
      latest = (await takeSteps(contender, 1)).wall;
    }
    steps.push(Math.max(1, Math.min(MOST_STEPS, Math.round(ROUND_MS / latest))));
  }
  const walls: number[][] = contenders.map(() => []);
  const hosts: number[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    report(`round ${round + 1} of ${rounds}`);
    for (const [i, contender] of contenders.entries()) {
      await contender.activate();
      const { wall, host } = await takeSteps(contender, steps[i]!);
      walls[i]!.push(wall / steps[i]!);
      hosts[i]!.push(host / steps[i]!);
    }
  }
  return contenders.map((_, i) => ({
    stepMs: median(walls[i]!),
    fastestStepMs: Math.min(...walls[i]!),
    hostMs: median(hosts[i]!),
    stepsPerRound: steps[i]!,
  }));
}

/** Every way over the fastest of its kind: ours against stock, and between backends. */
function ratiosOf(results: readonly BenchResult[]): Ratio[] {
  return results.flatMap((slow, i) =>
    results.slice(i + 1).map((other): Ratio => {
      const [of, to] = slow.stepMs >= other.stepMs ? [slow, other] : [other, slow];
      return {
        of: `${of.backend} ${of.way}`,
        to: `${to.backend} ${to.way}`,
        step: of.stepMs / to.stepMs,
        host: of.hostMs / to.hostMs,
      };
    }),
  );
}

/** Size of the memory in which wasm's tensors lie; it never shrinks. */
export function wasmBytes(kernels: Kernels): number {
  const { wasm } = kernels.backend as unknown as { readonly wasm: { HEAPU8: Uint8Array } };
  return wasm.HEAPU8.byteLength;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
