import type { Scale, WeightOptimiser } from './config';
import { genotypeMultiplyAdds } from './count';
import { parseGenotype } from './genotype';
import { ScaleError } from './scale';
import { prune } from './space/one-shot';
import { oneShotCellMultiplyAdds } from './space/one-shot-network';
import { parseOneShot } from './space/one-shot-string';
import { oneShotSpaceByKey } from './space/registry';
import type { OneShotKey } from './space/space';

/** Ways to train a derived cell by itself. */
export const SCHEDULE_KEYS = ['benchmark', 'short'] as const;
export type ScheduleKey = (typeof SCHEDULE_KEYS)[number];

interface StandAloneSchedule {
  readonly epochs: number;
  /** Images of a step; null: as many as a search of the scale takes. */
  readonly batch: number | null;
}

/**
 * NAS-Bench-201's 200 epochs with batches of 256, and a short one of the length of its second table:
 * 12 epochs, the rate annealed to 0 within them.
 */
const SCHEDULES: Readonly<Record<ScheduleKey, StandAloneSchedule>> = {
  benchmark: { epochs: 200, batch: 256 },
  short: { epochs: 12, batch: null },
};

/**
 * The benchmark's optimiser in both (nas-bench-201, section 6). The rate is 0.1 whatever the batch:
 * nothing is scaled with it.
 */
const WEIGHTS: StandAloneConfig['weights'] = {
  rate: 0.1,
  rateMin: 0,
  schedule: 'cosine',
  momentum: 0.9,
  decay: 5e-4,
};

/** CIFAR-10's test images; all are used at every scale. */
export const TEST_IMAGES = 10_000;

/** All that decides, beside cell and seed, what a stand-alone training computes. */
export interface StandAloneConfig {
  readonly schedule: ScheduleKey;
  /** Of the cell; NAS-Bench-201 where it is left out. */
  readonly space?: OneShotKey;
  /** Name of the scale that gave the size. */
  readonly scale: string;
  readonly channels: number;
  /** Cells per stage. */
  readonly cells: number;
  readonly resolution: Scale['resolution'];
  /** Training images: those of both halves of a search at the scale. */
  readonly images: number;
  readonly epochs: number;
  readonly batch: number;
  /** SGD with Nesterov's momentum, no clip. */
  readonly weights: Omit<WeightOptimiser, 'clip'>;
}

/**
 * A schedule at a scale. A batch is never larger than the training set.
 *
 * @param space of the cells; null for NAS-Bench-201
 * @throws ScaleError when the blocks of a cell could not share the scale's channels
 */
export function resolveStandAlone(
  schedule: ScheduleKey,
  scale: Scale,
  space: OneShotKey | null = null,
): StandAloneConfig {
  const { name, channels, cells, resolution } = scale;
  const images = 2 * scale.images;
  const { epochs, batch } = SCHEDULES[schedule];
  if (space !== null) {
    // Two or three blocks share them, two in equal parts.
    if (channels % 2 !== 0 || channels < 4) {
      const { label } = oneShotSpaceByKey(space);
      const reason = `Cells of ${label} need an even number of channels, 4 or more, not ${channels}.`;
      throw new ScaleError('channels', reason);
    }
  }
  return {
    schedule,
    ...(space === null ? {} : { space }),
    scale: name,
    channels,
    cells,
    resolution,
    images,
    epochs,
    batch: Math.min(batch ?? scale.batch, images),
    weights: WEIGHTS,
  };
}

/**
 * Multiply-adds of a step of stand-alone training, estimated as three forward passes: the pass itself,
 * the gradients of the inputs and those of the filters.
 *
 * @param arch the cell as the configuration's space writes it
 * @throws GenotypeError
 */
export function standAloneStepMultiplyAdds(
  arch: string,
  network: Pick<StandAloneConfig, 'space' | 'channels' | 'cells' | 'resolution' | 'batch'>,
): number {
  return 3 * network.batch * multiplyAdds(arch, network);
}

/** Multiply-adds of a whole training with its test. @throws GenotypeError */
export function standAloneMultiplyAdds(arch: string, config: StandAloneConfig): number {
  const { epochs, images } = config;
  return (3 * epochs * images + TEST_IMAGES) * multiplyAdds(arch, config);
}

/** On one image. */
function multiplyAdds(
  arch: string,
  config: Pick<StandAloneConfig, 'space' | 'channels' | 'cells' | 'resolution'>,
): number {
  if (config.space === undefined) return genotypeMultiplyAdds(parseGenotype(arch), config);
  const { shape } = oneShotSpaceByKey(config.space);
  return oneShotCellMultiplyAdds(prune(parseOneShot(shape, arch)), config);
}
