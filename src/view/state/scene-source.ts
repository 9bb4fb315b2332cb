import type { BenchRun } from '../../paper/claim/runs';
import type { EffectiveConfig } from '../../paper/config';
import { spaceOf } from '../../paper/space/registry';
import { operationRows } from '../../paper/space/space';
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

/**
 * The same of a recording's extract, which knows alpha at the end of each epoch and no loss, accuracy
 * or step: enough for the cell, the magnitudes and the alphas.
 *
 * @param config of the arm that the runs are of
 * @returns null where the extract does not tell the whole trajectory: alpha before it was released, or
 * a change in mid-run.
 */
export function extractSource(
  key: string,
  label: string,
  runs: readonly BenchRun[],
  config: EffectiveConfig,
): SceneSource | null {
  const isWhole = config.warmup === 0 && runs.every(({ toggled }) => !toggled);
  if (runs.length === 0 || !isWhole) return null;
  return {
    key,
    label,
    ops: config.ops,
    space: spaceOf(config),
    skeleton: config.scale,
    trajectories: runs
      .toSorted((a, b) => a.seed - b.seed)
      .map((run) => ({
        uid: run.uid,
        seed: run.seed,
        ops: config.ops,
        epochs: run.alphas.map((alpha, at) => ({
          epoch: at + 1,
          phase: 'joint',
          alpha: operationRows(run.space, alpha),
          arch: run.cells?.[at] ?? run.space.derive(alpha, run.ops),
          steps: [],
        })),
        total: config.epochs,
        warmup: 0,
        stepsPerEpoch: config.stepsPerEpoch,
        live: false,
        toggles: [],
        events: [],
      })),
  };
}
