import type { FigureView } from '../../trace/figure';
import { doFileJob } from '../files/run-job';
import type { Library } from '../state/library.svelte';

/** What a figure was drawn from. */
export interface FigureSource {
  readonly view: FigureView;
  readonly uids: readonly string[];
  /** Traces of the runs that are not stored here. */
  readonly files: readonly File[];
}

/**
 * An SVG document with the runs behind it, as a file.
 *
 * @throws Error when a run of it is not here any more.
 */
export async function carryingFile(
  library: Library,
  svg: string,
  { view, uids, files }: FigureSource,
): Promise<Blob> {
  const isKept = library.problem === null;
  const runs = isKept ? [] : await library.heardRuns(uids);
  const database = isKept ? library.database : null;
  return doFileJob({
    type: 'figure',
    svg,
    view,
    uids: [...uids],
    database,
    files: [...files],
    runs: [...runs, ...(library.isRecorded ? (library.recording?.runs ?? []) : [])],
  });
}
