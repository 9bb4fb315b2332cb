import { ONE_SHOT_1, ONE_SHOT_2, ONE_SHOT_3 } from './nas-bench-1shot1';
import { NAS_BENCH_201 } from './nas-bench-201';
import type { SearchSpace, SpaceKey } from './space';

/** Every search space, NAS-Bench-201 first. */
export const SPACES: readonly SearchSpace[] = [NAS_BENCH_201, ONE_SHOT_1, ONE_SHOT_2, ONE_SHOT_3];

export function spaceByKey(key: SpaceKey): SearchSpace {
  return SPACES.find((space) => space.key === key)!;
}
