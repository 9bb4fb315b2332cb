import type { EffectiveConfig } from './config';
import { countStepMultiplyAdds } from './count';
import { countOneShotStepMultiplyAdds } from './space/one-shot-count';
import { oneShotSpaceByKey } from './space/registry';

/** Multiply-adds of one bilevel step of a run, by the count of its space. */
export function stepMultiplyAdds({
  scale,
  ops,
  space,
}: Pick<EffectiveConfig, 'scale' | 'ops' | 'space'>): number {
  return space
    ? countOneShotStepMultiplyAdds(oneShotSpaceByKey(space).shape, scale)
    : countStepMultiplyAdds({ ...scale, ops });
}
