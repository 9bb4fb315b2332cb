import { distinctCells } from '../../paper/isomorphic-cells';
import { formatGenotype, parseGenotype } from '../../paper/genotype';
import { spaceOf } from '../../paper/space/registry';
import { isCellSpace, type CellSpaceKey } from '../../paper/space/space';
import type { RecordingEntry } from '../../trace/recordings';
import {
  readSource,
  searchSources,
  spaceOfSource,
  versionOf,
  type SearchSource,
} from '../runs/source';
import type { Library } from '../state/library.svelte';

/** Cells that a search derived, epoch by epoch. */
export interface Visited {
  readonly space: CellSpaceKey;
  readonly runs: number;
  readonly epochs: number;
  /** Different architecture strings. */
  readonly archs: number;
  /** One of those that count as one, in the order of their first visit. */
  readonly distinct: readonly string[];
}

/** The cells that the runs of a regime or of a recording have visited. */
export class VisitedCells {
  readonly #library: Library;
  readonly #recordings: () => readonly RecordingEntry[];
  readonly #folder: URL;
  #asked: string | null = null;

  /** Null until the visitor has chosen: nothing is read before. */
  #chosen = $state<string | null>(null);
  /** A stored run whose regime is asked for; the store may not have been listed yet. */
  #run = $state<string | null>(null);
  visited = $state.raw<Visited | null>(null);
  /** Why the chosen searches could not be read; null when they could. */
  problem = $state<string | null>(null);

  readonly sources: readonly SearchSource[] = $derived.by(() =>
    searchSources(this.#library.groups, this.#recordings()).filter(isOfOneCell),
  );
  readonly source: SearchSource | null = $derived(
    this.sources.find(({ key, from }) =>
      this.#run === null
        ? key === this.#chosen
        : 'heads' in from && from.heads.some(({ uid }) => uid === this.#run),
    ) ?? null,
  );

  constructor(library: Library, recordings: () => readonly RecordingEntry[], folder: URL) {
    this.#library = library;
    this.#recordings = recordings;
    this.#folder = folder;
  }

  /** @param key of a source; null for none */
  choose(key: string | null): void {
    this.#chosen = key;
    this.#run = null;
  }

  /** Chooses the regime of a stored run. */
  chooseRun(uid: string): void {
    this.#run = uid;
  }

  /** Reads the chosen searches unless they are here as they are now. Never rejects. */
  async load(): Promise<void> {
    const { source } = this;
    const version = source && `${source.key} ${versionOf(source.from)}`;
    if (version === this.#asked) return;
    this.#asked = version;
    this.visited = null;
    this.problem = null;
    if (source === null) return;
    try {
      const runs = await readSource(source, () => this.#library.store(), this.#folder);
      if (this.#asked !== version) return;
      const archs = runs.flatMap(({ epochs }) => epochs.map(({ arch }) => arch));
      const different = [...new Set(archs)];
      const { key, form } = spaceOf(runs[0]?.head.config.effective ?? {});
      const space = isCellSpace(key) ? key : 'nas-bench-201';
      this.visited = {
        space,
        runs: runs.length,
        epochs: archs.length,
        archs: different.length,
        distinct:
          space === 'nas-bench-201'
            ? distinctCells(different.map(parseGenotype)).map(formatGenotype)
            : // The cell that stands for others is trained, as for a table.
              [...new Set(different.map(form))],
      };
    } catch (error) {
      this.#asked = null;
      const reason = error instanceof Error ? error.message : String(error);
      this.problem = `${source.label} could not be read: ${reason}`;
    }
  }
}

/** Networks whose stages have cells of their own are not trained here. */
function isOfOneCell(source: SearchSource): boolean {
  return isCellSpace(spaceOfSource(source).key);
}
