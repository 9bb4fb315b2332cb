import { spaceOf } from '../../paper/space/registry';
import { STAGES } from '../../paper/space/stages';
import type { EpochRecord, RunHead } from '../../trace/types';
import { trajectoryOf } from '../chart/trajectory';
import type { SceneSource } from './scene.svelte';

/** A run with the epochs that are known of it. */
interface ReadRun {
  readonly head: RunHead;
  readonly epochs: readonly EpochRecord[];
}

/** The stage that is drawn first, from 0, where each has alphas of its own. */
export const FIRST_DRAWN = STAGES - 1;

/**
 * Runs of one regime as they are drawn; where each stage has alphas of its own, one stage, which the
 * label then names.
 *
 * @param liveUid the run in training; null when none is.
 * @param stage from 0
 * @throws RangeError when there is no run.
 */
export function sceneSource(
  key: string,
  label: string,
  runs: readonly ReadRun[],
  liveUid: string | null = null,
  stage = FIRST_DRAWN,
): SceneSource {
  const first = runs[0]?.head.config.effective;
  if (first === undefined) throw new RangeError(`${label} has no run to draw.`);
  const space = spaceOf(first);
  return {
    key,
    label: space.stage ? `${label}, stage ${stage + 1}` : label,
    ops: first.ops,
    space: space.stage ?? space,
    skeleton: first.scale,
    trajectories: runs.map(({ head, epochs }) =>
      trajectoryOf(head, epochs, head.uid === liveUid, stage),
    ),
    ...(space.stage && { stage }),
  };
}
