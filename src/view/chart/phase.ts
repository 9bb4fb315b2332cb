import { clearLeader } from '../../paper/magnitude';
import type { Operation } from '../../paper/operation';
import { changeWords } from '../../trace/toggle';
import type { DrawnEpoch, Trajectory } from './series';

/** Consecutive epochs in which the same operation leads. */
export interface Phase {
  /** First and last epoch, 1-based, both included. */
  readonly from: number;
  readonly to: number;
  /** `frozen`: alpha does not move, so its order is that of its random initial values. */
  readonly leader: Operation | 'frozen' | 'level';
}

/** Something that happened to a regime at an epoch. */
export interface Mark {
  /** Position on the clock: finished epochs. */
  readonly epoch: number;
  readonly label: string;
  readonly kind: 'toggle' | 'event';
}

const leaders = new WeakMap<DrawnEpoch, Phase['leader']>();

/** Which operation has the largest magnitude (Eq. 11) at the end of an epoch. */
export function leaderOf(record: DrawnEpoch, ops: readonly Operation[]): Phase['leader'] {
  let leader = leaders.get(record);
  if (leader === undefined) {
    leader = record.phase === 'warmup' ? 'frozen' : (clearLeader(record.alpha, ops) ?? 'level');
    leaders.set(record, leader);
  }
  return leader;
}

/** A run's epochs as phases, in order and without gaps. */
export function phasesOf(trajectory: Trajectory): Phase[] {
  const phases: Phase[] = [];
  for (const record of trajectory.epochs) {
    const leader = leaderOf(record, trajectory.ops);
    const last = phases.at(-1);
    if (last?.leader === leader) phases[phases.length - 1] = { ...last, to: record.epoch };
    else phases.push({ from: record.epoch, to: record.epoch, leader });
  }
  return phases;
}

const NOTABLE = new Map<string, string>([
  ['interrupted', 'interrupted'],
  ['device-lost', 'GPU lost'],
  ['error', 'error'],
]);

/** Toggles and notable events of these runs, each named once per epoch, by epoch. */
export function marksOf(trajectories: readonly Trajectory[]): Mark[] {
  const marks = new Map<string, Mark>();
  const add = (mark: Mark) => marks.set(`${mark.epoch} ${mark.label}`, mark);
  for (const { toggles, events } of trajectories) {
    for (const toggle of toggles) {
      add({ epoch: toggle.fromEpoch - 1, label: changeWords(toggle), kind: 'toggle' });
    }
    for (const event of events) {
      const label = NOTABLE.get(event.kind);
      if (label !== undefined) add({ epoch: event.epoch, label, kind: 'event' });
    }
  }
  return [...marks.values()].sort((a, b) => a.epoch - b.epoch || a.label.localeCompare(b.label));
}
