import { canonicalJson } from './canonical';
import { TRACE_FORMAT, TRACE_VERSION, type TraceDocument, type TraceRun } from './types';

/**
 * The document of these runs in canonical JSON. Runs are sorted by creation, then uid, and no date of
 * export is written, so equal runs give equal bytes whatever order they come in.
 *
 * @throws TraceError when a value is not finite or a string is no Unicode text.
 */
export function writeTrace(runs: readonly TraceRun[]): string {
  const document: TraceDocument = {
    format: TRACE_FORMAT,
    version: TRACE_VERSION,
    runs: runs.toSorted(byCreation),
  };
  return canonicalJson(document);
}

/** The order of runs in a file. */
export function byCreation(a: TraceRun, b: TraceRun): number {
  return compareText(a.createdAt, b.createdAt) || compareText(a.uid, b.uid);
}

/** By code unit: a locale's order would differ between machines. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
