import { CLASSES } from '../data/images';
import type { EffectiveConfig } from '../paper/config';
import { METHOD_FACTS } from '../paper/method/registry';
import { oneShotSpaceByKey } from '../paper/space/registry';
import { isOneShot } from '../paper/space/space';
import type { Kernels } from './kernels';
import type { Network } from './network';
import { OneShotSupernet } from './one-shot/supernet';
import { PartialSupernet } from './partial/supernet';
import { StagedSupernet } from './staged-supernet';
import { Supernet } from './supernet';

/** The supernet of a configuration. @param recompute see `cellPass` */
export function createNetwork(
  k: Kernels,
  { method, scale, ops, space }: Pick<EffectiveConfig, 'method' | 'scale' | 'ops' | 'space'>,
  recompute: boolean,
): Network {
  const { channels, cells, resolution } = scale;
  const size = { channels, cells, resolution, classes: CLASSES };
  if (isOneShot(space)) {
    return new OneShotSupernet(k, { ...size, space: oneShotSpaceByKey(space) }, recompute);
  }
  if (space) return new StagedSupernet(k, { ...size, ops }, recompute);
  const { partial } = METHOD_FACTS[method];
  return partial === undefined
    ? new Supernet(k, { ...size, ops }, recompute)
    : new PartialSupernet(k, { ...size, ops, partial }, recompute);
}
