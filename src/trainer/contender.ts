import { fillDraws, type HostBatch } from '../data/augment';
import { drawsOf } from '../data/draw';
import { CLASSES, type ImageSet, type Resolution } from '../data/images';
import { RandomStream } from '../data/random';
import type { Device } from '../engine/device';
import { Training } from '../engine/evaluation/training';
import type { FusedKernels } from '../engine/fused/fused';
import { Layout } from '../engine/layout';
import { planMemory } from '../engine/memory-plan';
import { plainPeak, PlainSearch, plainTensors, useBackend } from '../engine/reference/plain-search';
import { Search } from '../engine/search';
import type { Genotype } from '../paper/cell';
import { METHOD_NAMES, type EffectiveConfig, type Scale } from '../paper/config';
import { METHOD_FACTS } from '../paper/method/registry';
import { DEFAULT_SETTINGS } from '../paper/regime';
import { resolveConfig } from '../paper/resolve';
import { ONE_SHOT_KEYS } from '../paper/space/space';
import { resolveStandAlone } from '../paper/stand-alone';
import { validateSettings } from '../paper/validate';
import type { BackendName } from '../trace/types';
import { epochNoise } from './batches';

/**
 * Ways to take a bilevel step: as one would write it in stock tfjs, edge by edge; ours, an operation at
 * a time; ours, captured once and replayed (webgpu only).
 */
export const WAYS = ['stock', 'eager', 'captured'] as const;
export type Way = (typeof WAYS)[number];

/**
 * What is timed beside the bilevel steps, to compare with ours: a step of stand-alone training, with
 * the cell of six 3x3 convolutions at the supernet's size, and bilevel steps in other spaces and by
 * other methods.
 */
export const BESIDE = [
  'cell',
  ...ONE_SHOT_KEYS,
  ...METHOD_NAMES.filter((name) => name !== 'darts-v1'),
] as const;
export type Beside = (typeof BESIDE)[number];

/** Steps of an epoch in the benchmark: what a way does at its edges is paid outside the timing. */
export const EPOCH = 32;

/** The most expensive cell. */
const CELL: Genotype = Array(6).fill('nor_conv_3x3');

/** A way to train on a backend, ready to step. */
export interface Contender {
  readonly backend: BackendName;
  readonly way: Way | Beside;
  /** Called before its steps, since another way may have run in between. */
  readonly activate: () => Promise<void>;
  readonly beginEpoch: () => void;
  readonly step: () => void;
  /** Keeps the device from falling far behind, as training does after every step. */
  readonly pace: () => Promise<void>;
  /** Until the device has done everything. */
  readonly settle: () => Promise<void>;
  readonly tensors: () => number;
  /** Peak of tensor bytes over one step. */
  readonly tensorBytes: () => number;
  readonly dispose: () => void;
}

/** A supernet of this size on noise, ready to be trained. */
export function openContender(
  device: Device,
  way: Way,
  config: EffectiveConfig,
): Promise<Contender> {
  return way === 'stock' ? openStock(device, config) : openOurs(device, way, config);
}

/** The whole use of the engine's own search. */
async function openOurs(
  device: Device,
  way: Exclude<Way, 'stock'>,
  config: EffectiveConfig,
): Promise<Contender> {
  const { kernels, name } = device;
  const { batch, resolution } = config.scale;
  const set = noise(batch, resolution);
  const { recompute } = planMemory(config, device);
  const captured = kernels.fused;
  const fused = way === 'captured' ? captured : withoutCapture(captured);
  const short = { ...config, stepsPerEpoch: EPOCH };
  const data = { weights: set, alpha: set };
  const search = new Search(kernels, short, data, { seed: 0 }, recompute);
  const draws = epochDraws(batch, resolution);
  const random = epochNoise(short, 0, 1);
  const beginEpoch = () =>
    search.begin({
      ...random,
      batch,
      images: draws.length,
      train: draws,
      alpha: METHOD_FACTS[config.method].trainsAlpha ? draws : null,
      weightRate: config.weights.rate,
      weights: config.weights,
      alphaOptimiser: config.alpha,
    });
  beginEpoch();
  await search.prepare();
  const step = () => {
    kernels.install(fused);
    try {
      search.step();
    } finally {
      kernels.install(captured);
    }
  };
  return {
    backend: name,
    way,
    activate: () => Promise.resolve(),
    beginEpoch,
    step,
    pace: () => search.pace(),
    settle: async () => {
      await search.alpha();
      device.check();
    },
    tensors: () => kernels.count,
    tensorBytes: () => {
      kernels.resetPeak();
      step();
      return kernels.peakBytes;
    },
    dispose: () => search.dispose(),
  };
}

/** Another step than that of the supernet measured, at its size, in our fastest way. */
export async function openBeside(
  device: Device,
  what: Beside,
  { scale }: EffectiveConfig,
): Promise<Contender> {
  if (what === 'cell') return openCell(device, scale);
  const method = METHOD_NAMES.find((name) => name === what);
  const asked = method === undefined ? { space: what } : { method };
  const { settings } = validateSettings({ scale: scale.name, ...asked });
  const { effective } = resolveConfig({ ...DEFAULT_SETTINGS, ...settings });
  const way = device.name === 'webgpu' ? 'captured' : 'eager';
  return { ...(await openOurs(device, way, effective)), way: what };
}

/** The six 3x3 convolutions, trained by themselves. */
async function openCell(device: Device, scale: Scale): Promise<Contender> {
  const { kernels, name } = device;
  const { batch, resolution, channels, cells } = scale;
  const set = noise(batch, resolution);
  const architecture = { genotype: CELL, channels, cells, resolution, classes: CLASSES };
  const data = { train: set, test: set };
  const training = new Training(kernels, architecture, data, batch, { seed: 0 });
  const { weights } = resolveStandAlone('short', scale);
  const draws = epochDraws(batch, resolution);
  const beginEpoch = () =>
    training.begin({ batch, images: draws.length, draws, rate: weights.rate, optimiser: weights });
  beginEpoch();
  await training.prepare();
  return {
    backend: name,
    way: 'cell',
    activate: () => Promise.resolve(),
    beginEpoch,
    step: () => training.step(),
    pace: () => training.pace(),
    settle: async () => {
      await training.totals();
      device.check();
    },
    tensors: () => kernels.count,
    tensorBytes: () => {
      kernels.resetPeak();
      training.step();
      return kernels.peakBytes;
    },
    dispose: () => training.dispose(),
  };
}

/** The same kernels, launched one by one. */
function withoutCapture(fused: FusedKernels): FusedKernels {
  const run: FusedKernels['run'] = (_key, body) => body();
  return Object.create(fused, { run: { value: run } }) as FusedKernels;
}

async function openStock(device: Device, config: EffectiveConfig): Promise<Contender> {
  const { kernels, name } = device;
  const { channels, cells, resolution, batch } = config.scale;
  await useBackend(name);
  const layout = new Layout({ channels, cells, resolution, ops: config.ops, classes: CLASSES });
  const stream = RandomStream.named(0, 'bench/weights');
  const flat = layout.build(({ fanIn, constant }) => {
    const bound = fanIn === null ? 0 : 1 / Math.sqrt(fanIn);
    return () => constant + (2 * stream.uniform() - 1) * bound;
  });
  const search = new PlainSearch(layout, flat, new Float32Array(6 * config.ops.length));
  const set = noise(batch, resolution);
  const draws = epochDraws(batch, resolution).subarray(0, batch);
  const images: HostBatch = {
    images: new Float32Array(batch * resolution * resolution * 3),
    labels: new Int32Array(batch),
  };
  fillDraws(set, draws, images.images, images.labels);
  const step = () => {
    const scalars = search.step(images, images, config.weights.rate, config.weights, config.alpha);
    scalars.trainLoss.dispose();
    scalars.norm.dispose();
    scalars.validLoss?.dispose();
  };
  return {
    backend: name,
    way: 'stock',
    activate: () => useBackend(name),
    beginEpoch: () => undefined,
    step,
    pace: () => Promise.resolve(),
    settle: async () => {
      await search.settle();
      device.check();
    },
    tensors: () => Math.max(plainTensors(), kernels.count),
    tensorBytes: () => plainPeak(step),
    dispose: () => search.dispose(),
  };
}

/** Draws for all steps of an epoch, each of the whole batch and augmented. */
function epochDraws(batch: number, resolution: Resolution): Int32Array {
  const numbers = Array.from({ length: EPOCH * batch }, (_, i) => i % batch);
  return drawsOf(numbers, resolution, RandomStream.named(0, 'bench/draws'));
}

function noise(count: number, resolution: Resolution): ImageSet {
  const length = count * resolution * resolution * 3;
  return {
    resolution,
    count,
    pixels: Uint8Array.from({ length }, (_, i) => (i * 7919) % 251),
    labels: Uint8Array.from({ length: count }, (_, i) => i % CLASSES),
  };
}
