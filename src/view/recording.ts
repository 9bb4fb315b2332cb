import { doFileJob } from './files/run-job';
import type { Recording } from './state/library.svelte';

/** One entry of `recordings/index.json`. */
interface Entry {
  readonly file: string;
  readonly title: string;
}

/**
 * The first recording that ships with the page; null when none does.
 *
 * `index.json` beside the traces reads `{"recordings": [{"file": "baseline.json", "title": "..."}]}`;
 * every file is a trace document and is checked like an imported one.
 *
 * @throws Error when a recording is listed and cannot be read.
 */
export async function loadRecording(folder: URL): Promise<Recording | null> {
  const index = await fetchText(new URL('index.json', folder));
  if (index === null) return null;
  const entry = firstEntry(index);
  if (entry === null) return null;
  const text = await fetchText(new URL(entry.file, folder));
  if (text === null) throw new Error(`${entry.file} is missing.`);
  const runs = await doFileJob({ type: 'read', text });
  return { title: entry.title, runs };
}

/** Null when there is no such file. Static hosts may answer with their start page instead. */
async function fetchText(url: URL): Promise<string | null> {
  const response = await fetch(url);
  if (!response.ok || response.headers.get('content-type')?.includes('text/html')) return null;
  return response.text();
}

function firstEntry(text: string): Entry | null {
  const index: unknown = JSON.parse(text);
  if (typeof index !== 'object' || index === null || !('recordings' in index)) return null;
  const { recordings } = index;
  if (!Array.isArray(recordings)) return null;
  const [first] = recordings as unknown[];
  if (typeof first !== 'object' || first === null) return null;
  const { file, title } = first as Partial<Record<keyof Entry, unknown>>;
  return typeof file === 'string' && typeof title === 'string' ? { file, title } : null;
}
