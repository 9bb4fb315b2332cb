import { spaceOf } from '../paper/space/registry';
import { canonicalJson } from './canonical';
import { TRACE_FORMAT, TRACE_VERSION, type TraceDocument, type TraceRun } from './types';

/**
 * The document of these runs in canonical JSON. Runs are sorted by creation, then uid, and no date of
 * export is written, so equal runs give equal bytes whatever order they come in. The version is the
 * lowest that can hold them, so that older readers read all that they can understand.
 *
 * @throws TraceError when a value is not finite or a string is no Unicode text.
 */
export function writeTrace(runs: readonly TraceRun[]): string {
  return canonicalJson(traceDocument(runs));
}

/** The same before it is text. */
export function traceDocument(runs: readonly TraceRun[]): TraceDocument {
  return {
    format: TRACE_FORMAT,
    version: runs.every(fitsFirst) ? 1 : TRACE_VERSION,
    runs: runs.toSorted(byCreation),
  };
}

/** Whether version 1 of the format can hold a run. */
function fitsFirst({ fork, config: { effective } }: TraceRun): boolean {
  return (
    fork === undefined &&
    effective.hessian === undefined &&
    effective.options === undefined &&
    spaceOf(effective).stage === undefined
  );
}

/** The order of runs in a file. */
export function byCreation(a: TraceRun, b: TraceRun): number {
  return compareText(a.createdAt, b.createdAt) || compareText(a.uid, b.uid);
}

/** By code unit: a locale's order would differ between machines. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
