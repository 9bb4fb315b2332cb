import { armByKey, type ArmKey } from '../../paper/experiment/arm';
import { armOf } from '../../paper/experiment/config';
import { DEFAULT_SETTINGS } from '../../paper/regime';
import { resolveConfig } from '../../paper/resolve';
import { formatLink } from '../link';

/** Of a run that a lesson trains: none of those that are recorded or that served calibration. */
export const OWN_SEED = 5;

/** The playground with an arm's regime; null for an arm whose rates or space no link can name. */
export function playgroundLink(arm: ArmKey, scale: string): string | null {
  const { ops, swap, warmup, epochs, l2 } = armByKey(arm).values;
  const settings = { ...DEFAULT_SETTINGS, ops, swap, warmup, epochs, l2, scale };
  const named = armOf(resolveConfig(settings))?.key === arm;
  return named ? formatLink(settings, [OWN_SEED], 'auto') : null;
}
