import { vi } from 'vitest';
import type { ArmKey } from '../../src/paper/experiment/arm';
import { benchRunOf } from '../../src/trace/bench-run';
import { writeExtract } from '../../src/trace/extract';
import { extractFile } from '../../src/trace/recordings';
import type { TraceRun } from '../../src/trace/types';
import { writeTrace } from '../../src/trace/write';
import { packed } from './packed';
import { recordingEntry } from './recording-entry';

/** Files of `recordings/`, by name. */
export type ShippedFiles = Readonly<Record<string, BodyInit>>;

/** Serves these in place of the recordings that ship with the page, until mocks are restored. */
export function ship(files: ShippedFiles): void {
  const original = window.fetch.bind(window);
  vi.spyOn(window, 'fetch').mockImplementation((input, init) => {
    const url = new URL(input instanceof Request ? input.url : input, document.baseURI);
    const name = url.pathname.split('/recordings/')[1];
    if (name === undefined) return original(input, init);
    const body = files[name];
    const answer = body === undefined ? new Response('', { status: 404 }) : new Response(body);
    return Promise.resolve(answer);
  });
}

/** Recordings of these arms at `bench` as `npm run record` lays them out: index, traces, extracts. */
export async function recordingsOf(
  arms: Partial<Record<ArmKey, readonly TraceRun[]>>,
): Promise<Record<string, BodyInit>> {
  const files: Record<string, BodyInit> = {};
  const recordings = [];
  for (const [arm, runs] of Object.entries(arms) as [ArmKey, readonly TraceRun[]][]) {
    const file = `${arm}-bench.json.gz`;
    files[file] = await packed(writeTrace(runs));
    files[extractFile({ file })] = writeExtract(runs.flatMap((run) => benchRunOf(run) ?? []));
    const seeds = runs.map(({ seed }) => seed);
    recordings.push(
      recordingEntry({ file, arm, seeds, scale: 'bench', kind: 'verdict', title: arm }),
    );
  }
  return { ...files, 'index.json': JSON.stringify({ recordings }) };
}
