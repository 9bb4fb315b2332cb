import { doFileJob } from './files/run-job';
import type { Recording } from './state/library.svelte';

/** One entry of `recordings/index.json`. */
export interface RecordingEntry {
  readonly file: string;
  readonly title: string;
  /** Key of the named regime that it shows. */
  readonly regime: string;
}

/**
 * What was recorded beforehand and ships with the page; empty when nothing does.
 *
 * `index.json` beside the traces reads
 * `{"recordings": [{"file": "baseline.json", "title": "...", "regime": "baseline"}]}`.
 */
export async function listRecordings(folder: URL): Promise<RecordingEntry[]> {
  const text = await fetchText(new URL('index.json', folder));
  if (text === null) return [];
  const index: unknown = JSON.parse(text);
  if (typeof index !== 'object' || index === null || !('recordings' in index)) return [];
  const { recordings } = index;
  return Array.isArray(recordings) ? recordings.filter(isEntry) : [];
}

/**
 * A recording, checked like an imported trace.
 *
 * @throws Error when it is listed and cannot be read.
 */
export async function loadRecording(folder: URL, entry: RecordingEntry): Promise<Recording> {
  const runs = await doFileJob({ type: 'read', text: await textOf(folder, entry) });
  return { title: entry.title, regime: entry.regime, runs };
}

/** The trace of a recording as a file, to be imported. */
export async function recordingFile(folder: URL, entry: RecordingEntry): Promise<File> {
  return new File([await textOf(folder, entry)], entry.file, { type: 'application/json' });
}

async function textOf(folder: URL, { file }: RecordingEntry): Promise<string> {
  const text = await fetchText(new URL(file, folder));
  if (text === null) throw new Error(`${file} is missing.`);
  return text;
}

/** Null when there is no such file. Static hosts may answer with their start page instead. */
async function fetchText(url: URL): Promise<string | null> {
  const response = await fetch(url);
  if (!response.ok || response.headers.get('content-type')?.includes('text/html')) return null;
  return response.text();
}

function isEntry(value: unknown): value is RecordingEntry {
  const { file, title, regime } = (value ?? {}) as Partial<Record<keyof RecordingEntry, unknown>>;
  return typeof file === 'string' && typeof title === 'string' && typeof regime === 'string';
}
