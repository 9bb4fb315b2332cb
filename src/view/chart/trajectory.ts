import type { EpochRecord, RunHead } from '../../trace/types';
import { choiceRecords } from './choice-records';
import type { Trajectory } from './series';

/** What the charts need of a stored, recorded or imported run. @param live it is in training now */
export function trajectoryOf(
  head: RunHead,
  epochs: readonly EpochRecord[],
  live: boolean,
): Trajectory {
  const { ops, warmup, epochs: joint, stepsPerEpoch } = head.config.effective;
  return {
    uid: head.uid,
    seed: head.seed,
    ops,
    epochs: choiceRecords(head.config.effective, epochs),
    total: warmup + joint,
    warmup,
    stepsPerEpoch,
    live,
    toggles: head.toggles,
    events: head.events,
  };
}
