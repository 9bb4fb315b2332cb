import type { EffectiveConfig } from '../paper/config';
import { frozenEpochs } from '../paper/method/recipe';
import type { Toggle } from './types';

/** The parts of a regime that may change in mid-run, as in force in one epoch. */
export interface Live {
  readonly swap: boolean;
  readonly l2: number;
  readonly frozen: boolean;
}

/**
 * What is in force in an epoch. Each part holds from the toggle that last set it; before any toggle
 * it follows the configuration, where alpha is frozen in the warm-up epochs and, if the method says
 * so, in the first joint ones. Hence a run frozen
 * or thawed by hand stays so until it is toggled again, the end of the warm-up included.
 *
 * @param epoch 1-based over the whole run.
 */
export function liveAt(
  config: Pick<EffectiveConfig, 'method' | 'swap' | 'warmup' | 'epochs' | 'alpha'>,
  toggles: readonly Toggle[],
  epoch: number,
): Live {
  const past = toggles
    .filter((toggle) => toggle.fromEpoch <= epoch)
    .toSorted((a, b) => a.fromEpoch - b.fromEpoch);
  return past.reduce<Live>(
    (live, { swap = live.swap, l2 = live.l2, frozen = live.frozen }) => ({ swap, l2, frozen }),
    { swap: config.swap, l2: config.alpha.l2, frozen: epoch <= frozenEpochs(config) },
  );
}
