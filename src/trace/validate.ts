import * as v from 'valibot';
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

/** The value as the schema types it. @throws TraceError */
export function check<const Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  path: Path,
): v.InferOutput<Schema> {
  // Stopping at the first issue keeps a hostile file from building millions of them.
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const inner = (issue.path ?? []).map((item) => item.key as string | number);
  throw new TraceError([...path, ...inner], reasonOf(issue));
}

/** valibot's issue in words; `expected` and `received` are its own short notation. */
function reasonOf(issue: v.BaseIssue<unknown>): string {
  const received = shorten(issue.received);
  const requirement = String(issue.requirement);
  switch (issue.type) {
    case 'object':
    case 'strict_object':
      if (issue.expected === 'never') return 'is not a key of this format';
      return issue.expected?.startsWith('"') ? 'is missing' : `must be an object, not ${received}`;
    case 'array':
      return `must be an array, not ${received}`;
    case 'number':
    case 'finite':
      return `must be a finite number, not ${received}`;
    case 'safe_integer':
      return `must be a whole number, not ${received}`;
    case 'min_value':
      return `must be at least ${requirement}, not ${received}`;
    case 'max_value':
      return `must be at most ${requirement}, not ${received}`;
    case 'gt_value':
      return `must be more than ${requirement}, not ${received}`;
    case 'length':
      return `must have ${requirement} entries, not ${received}`;
    case 'min_length':
      return `must have a length of at least ${requirement}, not ${received}`;
    case 'max_length':
      return `must have a length of at most ${requirement}, not ${received}`;
    case 'regex':
    case 'check':
      return `${issue.message}: ${shorten(JSON.stringify(issue.input))}`;
    default:
      return `must be ${issue.expected ?? 'something else'}, not ${received}`;
  }
}

function shorten(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57)}...`;
}
