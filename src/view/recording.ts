import type { BenchRun } from '../paper/claim/runs';
import { extractFile, isRecordingEntry, type RecordingEntry } from '../trace/recordings';
import { fetchFile } from './files/fetch-file';
import { doFileJob } from './files/run-job';
import type { Recording } from './state/library.svelte';

/** Where the recordings that ship with the page lie. */
export const RECORDINGS = new URL('recordings/', document.baseURI);

/**
 * What was recorded beforehand and ships with the page, as `index.json` beside the traces lists it;
 * empty when nothing does. An entry that is not understood is left out.
 */
export async function listRecordings(folder: URL): Promise<RecordingEntry[]> {
  const answer = await fetchFile(new URL('index.json', folder));
  if (answer === null) return [];
  const index: unknown = await answer.json();
  if (typeof index !== 'object' || index === null || !('recordings' in index)) return [];
  const { recordings } = index;
  return Array.isArray(recordings) ? recordings.filter(isRecordingEntry) : [];
}

/**
 * A recording, checked like an imported trace.
 *
 * @throws Error when it is listed and cannot be read.
 */
export async function loadRecording(folder: URL, entry: RecordingEntry): Promise<Recording> {
  const runs = await doFileJob({ type: 'read', file: await recordingFile(folder, entry) });
  return { file: entry.file, title: entry.title, runs };
}

/**
 * The trace of a recording as a file, to be imported. It is packed, unless the host sends it with
 * `Content-Encoding: gzip`: then the browser has unpacked it.
 */
export async function recordingFile(folder: URL, { file }: RecordingEntry): Promise<File> {
  return new File([await bytesOf(folder, file)], file);
}

/**
 * What claims and figures need of a recording, in a fifteenth of its bytes.
 *
 * @throws Error when it is missing or damaged.
 */
export async function loadExtract(folder: URL, entry: RecordingEntry): Promise<BenchRun[]> {
  const bytes = await bytesOf(folder, extractFile(entry));
  // With what it checks by, more than a page should load before it runs.
  const { readExtract } = await import('../trace/extract');
  return readExtract(new Uint8Array(bytes));
}

async function bytesOf(folder: URL, file: string): Promise<ArrayBuffer> {
  const answer = await fetchFile(new URL(file, folder)).catch(() => {
    throw new Error(`${file} is not kept in this browser, and cannot be had without a network.`);
  });
  if (answer === null) throw new Error(`${file} is missing.`);
  return answer.arrayBuffer();
}
