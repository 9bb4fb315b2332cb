import { CLASSES } from '../data/images';
import type { EffectiveConfig } from '../paper/config';
import { isProgressive, stagesOf } from '../paper/method/stages';
import { oneShotSpaceByKey } from '../paper/space/registry';
import { isOneShot } from '../paper/space/space';
import type { Kernels, Tensor } from './kernels';
import type { Architecture } from './layout';
import type { Network } from './network';
import { OneShotSupernet } from './one-shot/supernet';
import { PartialSupernet } from './partial/supernet';
import { ProgressiveSupernet } from './partial/progressive';
import { StagedSupernet } from './staged-supernet';
import { Supernet } from './supernet';

type NetworkConfig = Pick<
  EffectiveConfig,
  'method' | 'scale' | 'ops' | 'space' | 'epochs' | 'options'
>;

/** The supernet of NAS-Bench-201 in a stage of a search. @param stage its index, see `stagesOf` */
export function architectureOf(config: NetworkConfig, stage: number): Architecture {
  const { partial } = stagesOf(config)[stage]!;
  const whole = { ...sizeOf(config), ops: config.ops };
  return partial === undefined ? whole : { ...whole, partial };
}

function sizeOf({ scale: { channels, cells, resolution } }: NetworkConfig) {
  return { channels, cells, resolution, classes: CLASSES };
}

/**
 * The supernet of a configuration.
 *
 * @param recompute see `cellPass`
 * @param stage index of the stage in which it is trained
 * @param kept what the edges still have of their operations, see `Network`
 */
export function createNetwork(
  k: Kernels,
  config: NetworkConfig,
  recompute: boolean,
  stage = 0,
  kept: Tensor | null = null,
): Network {
  const { space } = config;
  if (isOneShot(space)) {
    const there = { ...sizeOf(config), space: oneShotSpaceByKey(space) };
    return new OneShotSupernet(k, there, recompute);
  }
  const architecture = architectureOf(config, stage);
  if (space) return new StagedSupernet(k, architecture, recompute);
  if (isProgressive(config)) return new ProgressiveSupernet(k, architecture, recompute, kept);
  return architecture.partial === undefined
    ? new Supernet(k, architecture, recompute)
    : new PartialSupernet(k, architecture, recompute);
}
