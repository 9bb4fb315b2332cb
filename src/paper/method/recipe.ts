import {
  METHOD_OPTIONS,
  type EffectiveConfig,
  type MethodName,
  type MethodOption,
  type Scale,
} from '../config';
import { spaceOf } from '../space/registry';
import type { SearchRecipe, SpaceKey } from '../space/space';
import { isMeasured } from '../stop/eigenvalue';
import { METHOD_FACTS } from './registry';
import { stagesOf } from './stages';

/** How a method searches a space at full scale: the space's recipe with what the method changes. */
export function recipeOf(config: {
  readonly method: MethodName;
  readonly space?: SpaceKey;
}): SearchRecipe {
  return { ...spaceOf(config).recipe, ...METHOD_FACTS[config.method].recipe };
}

/** Weight of the second-order term that is in force; null in a method that has none. */
export function etaOf({ method, eta }: Pick<EffectiveConfig, 'method' | 'eta'>): number | null {
  return eta ?? METHOD_FACTS[method].eta ?? null;
}

/** The options that a method has, in the order of {@link METHOD_OPTIONS}. */
export function optionsOf(method: MethodName): readonly MethodOption[] {
  const { options = {} } = METHOD_FACTS[method];
  return METHOD_OPTIONS.filter((option) => options[option] !== undefined);
}

/** Images that weights train on in one epoch: those of their half, or of both. */
export function epochImages(method: MethodName, { images }: Pick<Scale, 'images'>): number {
  return METHOD_FACTS[method].data === 'all' ? 2 * images : images;
}

/**
 * Whether the Hessian is measured after an epoch in which alpha is trained.
 *
 * @param epoch 1-based over the whole run
 */
export function measuresHessian(
  config: Pick<EffectiveConfig, 'method' | 'warmup' | 'epochs' | 'options' | 'hessian'>,
  epoch: number,
): boolean {
  // Only searches of one stage are measured.
  const { frozen } = stagesOf(config)[0]!;
  return config.hessian === true && isMeasured(epoch - 1 - config.warmup - frozen);
}
