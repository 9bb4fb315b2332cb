import type { EffectiveConfig } from './config';
import { countStepMultiplyAdds } from './count';
import type { Stage } from './method/stages';
import { countOneShotStepMultiplyAdds } from './space/one-shot-count';
import { oneShotSpaceByKey } from './space/registry';
import { isOneShot } from './space/space';

/** Multiply-adds of one bilevel step in a stage of a run, by the count of its space. */
export function stepMultiplyAdds(
  { scale, ops, space }: Pick<EffectiveConfig, 'scale' | 'ops' | 'space'>,
  { partial }: Pick<Stage, 'partial'>,
): number {
  return isOneShot(space)
    ? countOneShotStepMultiplyAdds(oneShotSpaceByKey(space).shape, scale)
    : countStepMultiplyAdds({ ...scale, ops, ...(partial !== undefined && { partial }) });
}
