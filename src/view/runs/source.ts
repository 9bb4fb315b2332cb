import { armByKey } from '../../paper/experiment/arm';
import { spaceByKey, spaceOf } from '../../paper/space/registry';
import type { SearchSpace } from '../../paper/space/space';
import type { Store } from '../../store/database';
import type { RecordingEntry } from '../../trace/recordings';
import type { EpochRecord, RunHead } from '../../trace/types';
import { loadRecording } from '../recording';
import type { RunGroup } from './grouping';

/** Where searches come from: a regime of the visitor's or a recording. */
export interface SearchSource {
  readonly key: string;
  readonly label: string;
  readonly from: RunGroup | RecordingEntry;
}

export interface ReadRun {
  readonly head: RunHead;
  readonly epochs: readonly EpochRecord[];
}

/** All regimes of the store, then all recordings. */
export function searchSources(
  groups: readonly RunGroup[],
  recordings: readonly RecordingEntry[],
): SearchSource[] {
  return [
    ...groups.map((group) => ({
      key: group.key,
      label: `${group.name}, ${group.heads[0]!.config.effective.scale.name} (${group.heads.length} stored)`,
      from: group,
    })),
    ...recordings.map((entry) => ({
      key: entry.file,
      label: `Recorded: ${entry.title}`,
      from: entry,
    })),
  ];
}

/** The search space of a source. */
export function spaceOfSource({ from }: SearchSource): SearchSpace {
  return 'file' in from
    ? spaceByKey(armByKey(from.arm).values.space)
    : spaceOf(from.heads[0]!.config.effective);
}

/**
 * Reads the runs of a source with their epochs.
 *
 * @throws Error when the store or the recording cannot be read.
 */
export async function readSource(
  { from }: SearchSource,
  openStore: () => Promise<Store>,
  folder: URL,
): Promise<ReadRun[]> {
  if ('file' in from) {
    const { runs } = await loadRecording(folder, from);
    return runs.map((run) => ({ head: run, epochs: run.epochs }));
  }
  const store = await openStore();
  return Promise.all(
    from.heads.map(async (head) => ({ head, epochs: await store.readEpochs(head.uid) })),
  );
}

/** Which state of a source was read: a run in training grows. */
export function versionOf(from: RunGroup | RecordingEntry): string {
  if ('file' in from) return from.file;
  return from.heads.map(({ uid, epochCount }) => `${uid} ${epochCount}`).join();
}
