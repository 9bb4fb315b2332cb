import { check } from './check';
import { TraceError, type Path } from './error';
import { checkHead, checkRecord } from './rules';
import { EpochRecordSchema, FirstRunSchema, RunHeadSchema, TraceRunSchema } from './schema';
import {
  TRACE_VERSION,
  type EpochRecord,
  type RunHead,
  type TraceDocument,
  type TraceRun,
} from './types';

/**
 * @param path where the value stands in its document, for error messages.
 * @throws TraceError at the first thing wrong.
 */
export function validateHead(value: unknown, path: Path = []): RunHead {
  const head = check(RunHeadSchema, value, path);
  checkHead(head, path);
  return head;
}

/**
 * One epoch record of a run, as the next after `epoch - 1`.
 *
 * @throws TraceError at the first thing wrong.
 */
export function validateRecord(
  value: unknown,
  head: RunHead,
  epoch: number,
  path: Path = [],
): EpochRecord {
  const record = check(EpochRecordSchema, value, path);
  checkRecord(record, head, epoch, path);
  return record;
}

/**
 * A whole run but for its digests, which need time: see readTrace.
 *
 * @param version of the document that it stands in.
 * @throws TraceError
 */
export function validateRun(
  value: unknown,
  path: Path = [],
  version: TraceDocument['version'] = TRACE_VERSION,
): TraceRun {
  const run: TraceRun = check(version === 1 ? FirstRunSchema : TraceRunSchema, value, path);
  checkHead(run, path);
  if (run.fork !== undefined && run.fork.epoch > run.epochs.length) {
    const reason = `is ${run.fork.epoch}, but the run has ${run.epochs.length} epochs`;
    throw new TraceError([...path, 'fork', 'epoch'], reason);
  }
  run.epochs.forEach((record, at) => checkRecord(record, run, at + 1, [...path, 'epochs', at]));
  return run;
}
