import { ONE_SHOT_1, ONE_SHOT_2, ONE_SHOT_3, type OneShotSpace } from './nas-bench-1shot1';
import { NAS_BENCH_201 } from './nas-bench-201';
import { NAS_BENCH_201_STAGES } from './nas-bench-201-stages';
import type { OneShotKey, SearchSpace, SpaceKey } from './space';

const ONE_SHOT_SPACES: readonly OneShotSpace[] = [ONE_SHOT_1, ONE_SHOT_2, ONE_SHOT_3];

/** Every search space, NAS-Bench-201 first. */
export const SPACES: readonly SearchSpace[] = [
  NAS_BENCH_201,
  ...ONE_SHOT_SPACES,
  NAS_BENCH_201_STAGES,
];

export function spaceByKey(key: SpaceKey): SearchSpace {
  return SPACES.find((space) => space.key === key)!;
}

export function oneShotSpaceByKey(key: OneShotKey): OneShotSpace {
  return ONE_SHOT_SPACES.find((space) => space.key === key)!;
}

/** The space of a configuration, which names any but NAS-Bench-201 as it is. */
export function spaceOf({ space = 'nas-bench-201' }: { readonly space?: SpaceKey }): SearchSpace {
  return spaceByKey(space);
}
