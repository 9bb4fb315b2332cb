import type { SearchData } from '../data/search-data';
import type { Device } from '../engine/device';
import { spaceOf } from '../paper/space/registry';
import { compareEpochs, EXACT, type EpochComparison, type Tolerance } from '../trace/compare';
import { configDigest, runDigest } from '../trace/digest';
import type { EpochRecord, TraceRun } from '../trace/types';
import { trainRun } from './loop';
import type { Verification } from './protocol';

export interface VerifyOptions {
  /** So many from the first, or all there are. */
  readonly epochs: number;
  readonly device: Device;
  /** Must be the images of the run: see {@link requireImages}. */
  readonly data: SearchData;
  /** Largest relative error of a number that counts as close; null: by the device, see {@link isExact}. */
  readonly tolerance: number | null;
  /** Told of every epoch as it is trained. */
  readonly hear: (comparison: EpochComparison) => void;
}

/** Relative error that another order of the same sums stays below over a few epochs. */
const LOOSE = 1e-3;

/**
 * Trains the first epochs of a run again, with its configuration, seed and changes in mid-run, and
 * compares them with what it says. Digests only catch a change that was not digested anew; this
 * catches any.
 *
 * @throws NumericError or DeviceError as training does
 */
export async function verifyRun(
  run: TraceRun,
  { epochs, device, data, tolerance, hear }: VerifyOptions,
): Promise<Verification> {
  const { seed, config, toggles } = run;
  const { ops, scale } = config.effective;
  const space = spaceOf(config.effective);
  const exact = isExact(run, device);
  const limits = tolerancesOf(tolerance ?? (exact ? 0 : LOOSE), scale.images);
  const kept = run.epochs.slice(0, epochs);
  const got: EpochRecord[] = [];
  const loop = trainRun({ seed, config, data, device, from: null, toggles: () => toggles });
  for await (const progress of loop) {
    if (progress.type !== 'epoch') continue;
    const { record } = progress;
    got.push(record);
    const expected = kept[record.epoch - 1]!;
    hear(compareEpochs([expected], [record], ops, limits, space).epochs[0]!);
    if (got.length === kept.length) break;
  }
  const [digest, again] = await Promise.all([
    runDigest({ ...run, epochs: kept }),
    runDigest({ ...run, epochs: got }),
  ]);
  const { verdict } = compareEpochs(kept, got, ops, limits, space);
  return { verdict, epochs: kept.length, exact, digest, again };
}

/** Whether this device must give the run's numbers to the bit: wasm by the same kernels does. */
function isExact({ environment: { backend, code } }: TraceRun, device: Device): boolean {
  return device.name === 'wasm' && backend === 'wasm' && code === device.code;
}

/** What may make the numbers differ although the run is what it says. */
export async function caveatsOf(run: TraceRun, device: Device): Promise<string[]> {
  const caveats: string[] = [];
  const { backend, code } = run.environment;
  if ((await configDigest(run)) !== run.configDigest) {
    caveats.push(
      'It was made under an older version of the science: differences are to be expected.',
    );
  }
  if (run.fork !== undefined) {
    const { epoch, parent } = run.fork;
    caveats.push(
      `A fork: epochs 1 to ${epoch} are those of run ${parent.slice(0, 8)}, its own begin after them.`,
    );
  }
  if (backend !== device.name) caveats.push(`Trained on ${backend}, and here on ${device.name}.`);
  if (code !== device.code) {
    caveats.push(`Trained by ${code ?? 'older'} kernels, and here by ${device.code} kernels.`);
  }
  return caveats;
}

/** @throws Error when the run was trained on other images, or there is nothing to compare with */
export function requireComparable(run: TraceRun, data: SearchData): void {
  if (run.epochs.length === 0) throw new Error('It has no epochs to compare with.');
  if (data.identity.digest !== run.data.digest) {
    throw new Error(`It was trained on other images (${run.data.name}) than are here.`);
  }
}

function tolerancesOf(relative: number, images: number): Tolerance {
  if (relative === 0) return EXACT;
  // Rounding may tip a few images whose two best classes are nearly level.
  return { relative, accuracy: Math.max(relative, 4 / images) };
}
