import { ONE_SHOT_1, ONE_SHOT_2, ONE_SHOT_3, type OneShotSpace } from './nas-bench-1shot1';
import { NAS_BENCH_201 } from './nas-bench-201';
import { NAS_BENCH_201_STAGES } from './nas-bench-201-stages';
import { ONE_SHOT_KEYS, type OneShotKey, type SearchSpace, type SpaceKey } from './space';

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

/**
 * The space to whose cells a string looks like belonging; whether it is a cell is for that space to say.
 * No cell of one space is a cell of another.
 */
export function spaceOfArch(arch: string): SearchSpace {
  return spaceByKey(oneShotKeyOf(arch) ?? 'nas-bench-201');
}

/** The same among the spaces of NAS-Bench-1Shot1; null for a string that looks like none of theirs. */
export function oneShotKeyOf(arch: string): OneShotKey | null {
  const groups = arch.trim().split('+');
  const last = groups.at(-1)!;
  if (!last.startsWith('|output')) return null;
  const like = (shape: OneShotSpace['shape'], parents: number) =>
    groups.length === shape.kept.length + 1 && parents === shape.keptByOutput;
  const parents = last.split('~').length - 1;
  const at = ONE_SHOT_SPACES.findIndex(({ shape }) => like(shape, parents));
  return ONE_SHOT_KEYS[Math.max(0, at)]!;
}
