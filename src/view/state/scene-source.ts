import { spaceOf } from '../../paper/space/registry';
import type { EpochRecord, RunHead } from '../../trace/types';
import { trajectoryOf } from '../chart/trajectory';
import type { SceneSource } from './scene.svelte';

/** A run with the epochs that are known of it. */
interface ReadRun {
  readonly head: RunHead;
  readonly epochs: readonly EpochRecord[];
}

/**
 * Runs of one regime as they are drawn.
 *
 * @param liveUid the run in training; null when none is.
 * @throws RangeError when there is no run.
 */
export function sceneSource(
  key: string,
  label: string,
  runs: readonly ReadRun[],
  liveUid: string | null = null,
): SceneSource {
  const first = runs[0]?.head.config.effective;
  if (first === undefined) throw new RangeError(`${label} has no run to draw.`);
  return {
    key,
    label,
    ops: first.ops,
    space: spaceOf(first),
    skeleton: first.scale,
    trajectories: runs.map(({ head, epochs }) => trajectoryOf(head, epochs, head.uid === liveUid)),
  };
}
