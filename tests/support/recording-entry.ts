import type { RecordingEntry } from '../../src/trace/recordings';

/** An INVENTED entry of an index of recordings. */
export function recordingEntry(change: Partial<RecordingEntry>): RecordingEntry {
  return {
    file: 'one.json.gz',
    title: 'Baseline, tiny',
    kind: 'demonstration',
    regime: 'baseline',
    experiment: 'baseline',
    arm: 'baseline',
    scale: 'tiny',
    seeds: [0],
    build: 'test',
    date: '2026-01-31',
    command: 'none: it is invented',
    machine: 'none',
    bytes: 1,
    ...change,
  };
}
