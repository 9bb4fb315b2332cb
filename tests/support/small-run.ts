import type { SearchData } from '../../src/data/search-data';
import type { Device } from '../../src/engine/device';
import { DEFAULT_SETTINGS } from '../../src/paper/regime';
import { resolveConfig } from '../../src/paper/resolve';
import type { Settings } from '../../src/paper/config';
import { jointEpochs } from '../../src/trace/bench-run';
import { runDigest } from '../../src/trace/digest';
import type { EpochRecord, Toggle } from '../../src/trace/types';
import { without } from '../../src/trace/without';
import { trainRun, type RunInput, type RunProgress } from '../../src/trainer/loop';

/** Real CIFAR-10 on a net that trains an epoch in a fraction of a second. */
export const SMALL: Settings = {
  ...DEFAULT_SETTINGS,
  scale: 'c4-n1-r8-i64-b16',
  epochs: 3,
};

/**
 * Digest of {@link SMALL} with seed 7 on wasm. WebAssembly's arithmetic is fixed to the bit, so Node
 * and every browser must agree; a change here is a change of the science.
 */
export const SMALL_DIGEST = 'b5de88e3bd042bd8f6bcb2ee3871c347ac76e1ba6052ff1423b052308c628534';

export interface RunOptions {
  readonly settings?: Partial<Settings>;
  readonly seed?: number;
  readonly from?: RunInput['from'];
  readonly toggles?: readonly Toggle[];
  /** Called with everything the loop yields. */
  readonly watch?: (progress: RunProgress) => void;
}

export interface FinishedRun {
  readonly records: readonly EpochRecord[];
  /** What could be resumed after each epoch, the one before the first included. */
  readonly checkpoints: readonly NonNullable<RunInput['from']>[];
  readonly digest: string;
}

/** Runs the real loop to its end. */
export async function runSmall(
  device: Device,
  data: SearchData,
  { settings = {}, seed = 7, from = null, toggles = [], watch }: RunOptions = {},
): Promise<FinishedRun> {
  const config = resolveConfig({ ...SMALL, ...settings });
  const records: EpochRecord[] = [];
  const checkpoints: NonNullable<RunInput['from']>[] = [];
  const input = { seed, config, data, device, from, toggles: () => toggles };
  for await (const progress of trainRun(input)) {
    watch?.(progress);
    if (progress.type === 'ready') {
      const { epoch = 0, joint = [] } = from ?? {};
      checkpoints.push({ epoch, joint, snapshot: progress.snapshot });
    }
    if (progress.type === 'epoch') {
      records.push(progress.record);
      const { record, snapshot } = progress;
      const joint = [...(from?.joint ?? []), ...jointEpochs(records)];
      checkpoints.push({ epoch: record.epoch, joint, snapshot });
    }
  }
  const digest = await runDigest({ seed, config, data: data.identity, toggles, epochs: records });
  return { records, checkpoints, digest };
}

/** A record without its wall clock, which no two runs share. */
export function computed(record: EpochRecord): Omit<EpochRecord, 'seconds'> {
  return without(record, 'seconds');
}
