import type { StandAloneData } from '../../src/data/stand-alone-data';
import type { Device } from '../../src/engine/device';
import type { StandAloneConfig } from '../../src/paper/stand-alone';
import { standAloneDigest, type StandAloneResult } from '../../src/trace/stand-alone';
import { trainToResult } from '../../src/trainer/cell-training';
import { environmentOf } from '../../src/trainer/environment';
import { readCellCheckpoint, writeCellCheckpoint } from './cell-checkpoint';

export interface CellJob {
  /** As the configuration's space writes it. */
  readonly arch: string;
  readonly seed: number;
  readonly config: StandAloneConfig;
  /** When time is up, as `Date.now()` counts: training stops after the epoch that it is in. */
  readonly until: number;
}

export interface Keeping {
  /** Of checkpoints. */
  readonly folder: string;
  /** Seconds between them, at least. */
  readonly every: number;
}

/**
 * Trains one cell to the end of its schedule and tests it. It goes on from the checkpoint of a
 * training that was cut off, and equals one that never was.
 *
 * @returns null when time is up before its end; the checkpoint holds what was done
 * @throws CheckpointError when the checkpoint is damaged
 */
export async function carryOutCell(
  { arch, seed, config, until }: CellJob,
  device: Device,
  data: StandAloneData,
  { folder, every }: Keeping,
): Promise<StandAloneResult | null> {
  const configDigest = await standAloneDigest(config, data.identity);
  const environment = environmentOf(device, __BUILD__);
  const course = { config, configDigest, data, device, environment };
  const left = await readCellCheckpoint(folder, { arch, seed, configDigest });
  let written = performance.now();
  for await (const told of trainToResult(course, { arch, seed }, left)) {
    if (told.type === 'result') return told.result;
    if (told.type !== 'epoch') continue;
    const isOver = Date.now() >= until && told.record.epoch < config.epochs;
    if (!isOver && performance.now() - written < 1000 * every) continue;
    written = performance.now();
    await writeCellCheckpoint(folder, await told.state());
    if (isOver) return null;
  }
  throw new Error(`The training of ${arch} ended without a result.`);
}
