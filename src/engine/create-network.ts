import { CLASSES } from '../data/images';
import type { EffectiveConfig } from '../paper/config';
import { oneShotSpaceByKey } from '../paper/space/registry';
import type { Kernels } from './kernels';
import type { Network } from './network';
import { OneShotSupernet } from './one-shot/supernet';
import { Supernet } from './supernet';

/** The supernet of a configuration. @param recompute see `cellPass` */
export function createNetwork(
  k: Kernels,
  { scale, ops, space }: Pick<EffectiveConfig, 'scale' | 'ops' | 'space'>,
  recompute: boolean,
): Network {
  const { channels, cells, resolution } = scale;
  const size = { channels, cells, resolution, classes: CLASSES };
  return space
    ? new OneShotSupernet(k, { ...size, space: oneShotSpaceByKey(space) }, recompute)
    : new Supernet(k, { ...size, ops }, recompute);
}
