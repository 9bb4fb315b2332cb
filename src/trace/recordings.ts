import * as v from 'valibot';
import { ARM_KEYS } from '../paper/experiment/arm';
import { EXPERIMENT_KEYS } from '../paper/experiment/experiments';
import { check } from './check';

const words = v.pipe(v.string(), v.minLength(1));
const wholeNumber = (least: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(least));

const EntrySchema = v.object({
  /** Beside the index; a plain name, since pages and commands open it. */
  file: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]*\.json\.gz$/, 'is no name of a recording')),
  title: words,
  /**
   * `verdict`: judged. `calibration`: chose the scale, and is never pooled with verdict runs.
   * `demonstration`: of another scale, for the page to show.
   */
  kind: v.picklist(['demonstration', 'verdict', 'calibration']),
  /** Key of the named regime that it shows (paper/regime.ts); null for an arm that is none. */
  regime: v.nullable(words),
  experiment: v.picklist(EXPERIMENT_KEYS),
  arm: v.picklist(ARM_KEYS),
  /** The scale's name. */
  scale: words,
  /** Ascending. */
  seeds: v.pipe(v.array(wholeNumber(0)), v.minLength(1)),
  /** Versions and commits of the app that trained them. */
  build: words,
  /** UTC day on which the last of them ended, `2026-01-31`. */
  date: v.pipe(v.string(), v.isoDate('is no day')),
  /** Trains them again. */
  command: words,
  /** Class of the machines that trained them. */
  machine: words,
  /** Size of the file. */
  bytes: wholeNumber(1),
});
const IndexSchema = v.object({ recordings: v.array(EntrySchema) });

/** One entry of `recordings/index.json`: the runs of one arm at one scale, in one packed trace. */
export type RecordingEntry = v.InferOutput<typeof EntrySchema>;

export function isRecordingEntry(value: unknown): value is RecordingEntry {
  return v.is(EntrySchema, value);
}

/** The entries of an index, parsed from JSON. @throws TraceError at the first thing wrong. */
export function readIndex(value: unknown): RecordingEntry[] {
  return check(IndexSchema, value, []).recordings;
}

/** What the page draws and judges of a recording lies beside it: see extract.ts. */
export function extractFile(entry: Pick<RecordingEntry, 'file'>): string {
  return entry.file.replace(/\.json\.gz$/, '.extract.gz');
}
