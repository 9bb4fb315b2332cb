import type { StandAloneData } from '../../src/data/stand-alone-data';
import type { Device } from '../../src/engine/device';
import type { StandAloneConfig } from '../../src/paper/stand-alone';
import {
  standAloneDigest,
  type StandAloneEpoch,
  type StandAloneResult,
} from '../../src/trace/stand-alone';
import { trainCell } from '../../src/trainer/stand-alone-loop';
import { environmentOf } from '../../src/trainer/environment';

export interface CellJob {
  /** As the configuration's space writes it. */
  readonly arch: string;
  readonly seed: number;
  readonly config: StandAloneConfig;
}

/** Trains one cell to the end of its schedule and tests it. */
export async function carryOutCell(
  { arch, seed, config }: CellJob,
  device: Device,
  data: StandAloneData,
): Promise<StandAloneResult> {
  const begun = performance.now();
  const epochs: StandAloneEpoch[] = [];
  let test = { loss: NaN, accuracy: NaN };
  for await (const told of trainCell({ arch, seed, config, data, device, from: null })) {
    if (told.type === 'epoch') epochs.push(told.record);
    if (told.type === 'tested') test = told;
  }
  return {
    arch,
    seed,
    config,
    configDigest: await standAloneDigest(config, data.identity),
    data: data.identity,
    environment: environmentOf(device, __BUILD__),
    createdAt: new Date().toISOString(),
    seconds: (performance.now() - begun) / 1000,
    epochs,
    testLoss: test.loss,
    testAccuracy: test.accuracy,
  };
}
