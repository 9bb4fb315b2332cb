import { spaceOf } from '../../paper/space/registry';
import { summarise } from '../../paper/statistics';
import type { RunSummary } from '../../store/database';
import { percent } from '../accuracy/words';
import type { Library } from '../state/library.svelte';
import type { Tables } from '../state/tables.svelte';

interface FinalCell {
  /** Epochs that the run had when it was read. */
  readonly epochCount: number;
  readonly arch: string;
}

/** The last derived cell of every run, which the list of runs does not hold. */
export class FinalCells {
  readonly #library: Library;
  #cells = $state.raw<ReadonlyMap<string, FinalCell>>(new Map());

  constructor(library: Library) {
    this.#library = library;
  }

  /** Reads those that have changed. Never rejects. */
  async load(runs: readonly RunSummary[]): Promise<void> {
    const known = this.#cells;
    const stale = runs.filter(({ uid, epochCount }) => known.get(uid)?.epochCount !== epochCount);
    if (stale.length === 0) return;
    try {
      const store = await this.#library.store();
      const last = await store.readLastEpochs(stale.map(({ uid }) => uid));
      this.#cells = new Map([
        ...this.#cells,
        ...[...last].map(([uid, { epoch, arch }]) => [uid, { epochCount: epoch, arch }] as const),
      ]);
    } catch {
      // Without a store there are no runs; the library says so.
    }
  }

  /** Null before it was read. */
  of(uid: string): string | null {
    return this.#cells.get(uid)?.arch ?? null;
  }

  /** `54.30`, or `54.30 ± 1.20` over several runs; a dash unless the table of their space has all their cells. */
  accuracyWords(runs: readonly RunSummary[], tables: Pick<Tables, 'of'>): string {
    const values = runs.map(({ uid, config }) => {
      const cell = this.#cells.get(uid);
      return cell && tables.of(spaceOf(config.effective).key)?.accuracy(cell.arch);
    });
    const found = values.filter((value) => value !== undefined);
    if (found.length === 0 || found.length < values.length) return '–';
    const { n, mean, std } = summarise(found);
    return n > 1 ? `${percent(mean)} ± ${percent(std)}` : percent(mean);
  }
}
