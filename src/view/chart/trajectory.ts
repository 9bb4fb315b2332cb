import type { EpochRecord, RunHead } from '../../trace/types';
import { choiceRecords } from './choice-records';
import type { Trajectory } from './series';

/**
 * What the charts need of a stored, recorded or imported run.
 *
 * @param live it is in training now
 * @param stage whose alphas are drawn, from 0, where each stage has its own
 */
export function trajectoryOf(
  head: RunHead,
  epochs: readonly EpochRecord[],
  live: boolean,
  stage: number,
): Trajectory {
  const { ops, warmup, epochs: joint, stepsPerEpoch } = head.config.effective;
  return {
    uid: head.uid,
    seed: head.seed,
    ops,
    epochs: choiceRecords(head.config.effective, epochs, stage),
    total: warmup + joint,
    warmup,
    stepsPerEpoch,
    live,
    toggles: head.toggles,
    events: head.events,
  };
}
