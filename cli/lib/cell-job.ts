import type { StandAloneData } from '../../src/data/stand-alone-data';
import type { Device } from '../../src/engine/device';
import type { StandAloneConfig } from '../../src/paper/stand-alone';
import {
  standAloneDigest,
  type StandAloneEpoch,
  type StandAloneResult,
} from '../../src/trace/stand-alone';
import { environmentOf, isSameDevice } from '../../src/trainer/environment';
import { requireFinite } from '../../src/trainer/loop';
import { trainCell } from '../../src/trainer/stand-alone-loop';
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
  const cell = { arch, seed, configDigest };
  const environment = environmentOf(device, __BUILD__);
  const found = await readCellCheckpoint(folder, cell);
  // Another device rounds otherwise: a result is all of one.
  const from = found !== null && isSameDevice(found.environment, environment) ? found : null;
  const begun = performance.now();
  const seconds = () => (from?.seconds ?? 0) + (performance.now() - begun) / 1000;
  const epochs: StandAloneEpoch[] = [...(from?.epochs ?? [])];
  const start = from && { epoch: epochs.length, snapshot: from.snapshot };
  let kept = begun;
  let test = { loss: NaN, accuracy: NaN };
  for await (const told of trainCell({ arch, seed, config, data, device, from: start })) {
    if (told.type === 'epoch') {
      epochs.push(told.record);
      const isOver = Date.now() >= until && epochs.length < config.epochs;
      if (!isOver && performance.now() - kept < 1000 * every) continue;
      kept = performance.now();
      const snapshot = await told.snapshot();
      requireFinite(snapshot.weights, `a weight after epoch ${told.record.epoch}`);
      const state = { environment, seconds: seconds(), epochs, snapshot };
      await writeCellCheckpoint(folder, cell, state);
      if (isOver) return null;
    }
    if (told.type === 'tested') test = told;
  }
  return {
    arch,
    seed,
    config,
    configDigest,
    data: data.identity,
    environment,
    createdAt: new Date().toISOString(),
    seconds: seconds(),
    epochs,
    testLoss: test.loss,
    testAccuracy: test.accuracy,
  };
}
