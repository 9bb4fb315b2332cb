import type { EffectiveConfig, MethodName } from './config';
import { countStepMultiplyAdds } from './count';
import { METHOD_FACTS } from './method/registry';
import { countOneShotStepMultiplyAdds } from './space/one-shot-count';
import { oneShotSpaceByKey } from './space/registry';
import { isOneShot } from './space/space';

/** Multiply-adds of one bilevel step of a run, by the count of its space. */
export function stepMultiplyAdds({
  method,
  scale,
  ops,
  space,
}: Pick<EffectiveConfig, 'method' | 'scale' | 'ops' | 'space'>): number {
  return isOneShot(space)
    ? countOneShotStepMultiplyAdds(oneShotSpaceByKey(space).shape, scale)
    : countStepMultiplyAdds({ ...scale, ops, ...partialOf(method) });
}

function partialOf(method: MethodName): { readonly partial?: number } {
  const { partial } = METHOD_FACTS[method];
  return partial === undefined ? {} : { partial };
}
