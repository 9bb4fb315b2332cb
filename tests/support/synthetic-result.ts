import { scaleByName } from '../../src/paper/scale';
import { oneShotKeyOf } from '../../src/paper/space/registry';
import { resolveStandAlone, type ScheduleKey } from '../../src/paper/stand-alone';
import { standAloneDigest, type StandAloneResult } from '../../src/trace/stand-alone';

export interface SyntheticResultOptions {
  readonly arch: string;
  readonly seed?: number;
  readonly schedule?: ScheduleKey;
  readonly scale?: string;
  /** On the test images, 0..1. */
  readonly accuracy?: number;
}

/**
 * An INVENTED result of stand-alone training, valid in every rule of its format. It was never
 * trained; no number in it means anything.
 */
export async function syntheticResult({
  arch,
  seed = 0,
  schedule = 'short',
  scale = 'tiny',
  accuracy = 0.4 + 0.01 * seed,
}: SyntheticResultOptions): Promise<StandAloneResult> {
  const config = resolveStandAlone(schedule, scaleByName(scale), oneShotKeyOf(arch));
  const { resolution, images } = config;
  const data = {
    name: 'synthetic',
    digest: 'd'.repeat(64),
    split: 'synthetic',
    resolution,
    images,
  };
  return {
    arch,
    seed,
    config,
    configDigest: await standAloneDigest(config, data),
    data,
    environment: { build: 'test', backend: 'cpu', adapter: 'none, synthetic' },
    createdAt: new Date(Date.UTC(2026, 0, 1, 12, seed)).toISOString(),
    seconds: 30,
    epochs: Array.from({ length: config.epochs }, (_, at) => ({
      epoch: at + 1,
      loss: 2.2 - 0.5 * (at / config.epochs),
      accuracy: 0.1 + 0.3 * (at / config.epochs),
    })),
    testLoss: 1.6,
    testAccuracy: accuracy,
  };
}
