import { canonicalJson } from '../trace/canonical';
import type { EpochRecord, RunEvent, RunHead, RunState, Toggle } from '../trace/types';
import { validateHead, validateRecord } from '../trace/validate';
import { without } from '../trace/without';
import { refused } from './error';
import type { StoredHead } from './schema';

/** What may change in the head of a run; the rest is fixed when it is created. */
export interface HeadPatch {
  readonly name?: string;
  readonly state?: RunState;
  /** The whole list. Toggles of epochs that are stored already cannot be changed. */
  readonly toggles?: readonly Toggle[];
  readonly environment?: RunHead['environment'];
  /** Appended to the run's events. */
  readonly addEvents?: readonly RunEvent[];
}

/**
 * The head after a change.
 *
 * @throws StorageError `refused` when it would rewrite what was in force in a stored epoch.
 * @throws TraceError when the result breaks a rule of the trace format.
 */
export function patched(
  { epochCount, ...head }: StoredHead,
  { addEvents = [], ...change }: HeadPatch,
): StoredHead {
  const past = ({ toggles }: RunHead): string =>
    canonicalJson(toggles.filter(({ fromEpoch }) => fromEpoch <= epochCount));
  const next = validateHead({ ...head, ...change, events: [...head.events, ...addEvents] });
  if (past(next) !== past(head)) {
    throw refused(
      `Epochs 1 to ${epochCount} of run ${head.uid} are stored; what was in force in them is fixed.`,
    );
  }
  return { ...next, epochCount };
}

/**
 * The head of a fork that comes with the epochs that it has in common with its parent.
 *
 * @throws TraceError when a rule of the trace format is broken.
 */
export function validateBranch(head: RunHead, epochs: readonly EpochRecord[]): RunHead {
  const valid = validateHead(head);
  epochs.forEach((record, at) => validateRecord(record, valid, at + 1, ['epochs', at]));
  if (valid.fork?.epoch !== epochs.length) {
    throw refused(`Run ${valid.uid} does not come with the epochs of its parent.`);
  }
  return valid;
}

/** The head as exported. */
export function exportedHead(stored: StoredHead): RunHead {
  return without(stored, 'epochCount');
}
