import { group } from 'd3';
import { spaceOfArch } from '../../paper/space/registry';
import type { StandAloneConfig } from '../../paper/stand-alone';
import { summarise, type Summary } from '../../paper/statistics';
import { onStoreChange } from '../../store/change';
import type { CellProgress } from '../../store/cell-store';
import type { StoredCell } from '../../store/stored-cell';
import { canonicalJson } from '../../trace/canonical';
import { standAloneDigest } from '../../trace/stand-alone';
import type { Library } from '../state/library.svelte';
import type { Toasts } from '../state/toasts.svelte';
import { count } from '../format';

/** Cells that count as one, as they were measured under one configuration: results may be pooled. */
export interface MeasuredCell {
  readonly form: string;
  readonly configDigest: string;
  /** By seed. */
  readonly results: readonly StoredCell[];
  /** Of the accuracies on the test images, percent. */
  readonly accuracy: Summary;
}

/** Cells that share a configuration and its data, and can be ranked. */
export interface MeasuredUnder {
  readonly configDigest: string;
  readonly config: StandAloneConfig;
  /** Highest mean accuracy first. */
  readonly cells: readonly MeasuredCell[];
}

/** Results of stand-alone training as the store has them. */
export class CellResults {
  readonly #library: Library;
  readonly #toasts: Toasts;
  readonly #stopListening: () => void;
  #forms = new Map<string, string>();

  list = $state.raw<readonly StoredCell[]>([]);
  /** Trainings that were begun and are not done. */
  progress = $state.raw<readonly CellProgress[]>([]);
  /** Digests that this version of the app gives their configurations still. */
  #current = $state.raw<ReadonlySet<string>>(new Set());
  loaded = $state(false);

  /** The newest configuration first. */
  readonly groups: readonly MeasuredUnder[] = $derived.by(() => {
    const byConfig = group(this.list, ({ configDigest }) => configDigest);
    return [...byConfig]
      .map(([configDigest, results]) => ({
        configDigest,
        config: results[0]!.config,
        cells: this.#measured(configDigest, results),
        last: results.at(-1)!.createdAt,
      }))
      .sort((a, b) => b.last.localeCompare(a.last));
  });

  constructor(library: Library, toasts: Toasts) {
    this.#library = library;
    this.#toasts = toasts;
    this.#stopListening = onStoreChange(({ kind }) => {
      if (kind === 'cell') void this.refresh();
    }, library.database);
  }

  /** Reads the store again. Never rejects: the library says what is wrong with the store. */
  async refresh(): Promise<void> {
    try {
      const { cells } = await this.#library.store();
      const [list, progress] = await Promise.all([cells.list(), cells.listProgress()]);
      const digests = new Map(list.map((result) => [result.configDigest, result]));
      const current = await Promise.all(
        [...digests.values()].map(({ config, data }) => standAloneDigest(config, data)),
      );
      [this.list, this.progress, this.#current] = [list, progress, new Set(current)];
    } catch {
      this.list = [];
    } finally {
      this.loaded = true;
    }
  }

  /** What is measured of a cell, or of one that counts as it, under a configuration; null for nothing. */
  of(form: string, config: StandAloneConfig): MeasuredCell | null {
    const found = this.#under(config).flatMap(({ cells }) =>
      cells.filter((cell) => cell.form === form),
    );
    return found[0] ?? null;
  }

  /** Whether the trainer would pass a cell over. */
  isMeasured(arch: string, seed: number, config: StandAloneConfig): boolean {
    const measured = this.of(this.formOf(arch), config);
    return measured?.results.some((result) => result.seed === seed) === true;
  }

  formOf(arch: string): string {
    let form = this.#forms.get(arch);
    if (form === undefined) {
      form = spaceOfArch(arch).form(arch);
      this.#forms.set(arch, form);
    }
    return form;
  }

  /** Deletes results; a toast offers the way back. */
  async remove(results: readonly StoredCell[]): Promise<void> {
    const { cells } = await this.#library.store();
    const removed = await cells.remove(results);
    await this.refresh();
    const restore = async () => {
      await cells.restore(removed);
      await this.refresh();
    };
    const undo = { label: 'Undo', run: () => void restore() };
    this.#toasts.show(`Deleted ${count(removed.length, 'result')}.`, undo);
  }

  close(): void {
    this.#stopListening();
  }

  #under(config: StandAloneConfig): readonly MeasuredUnder[] {
    const wanted = canonicalJson(config);
    return this.groups.filter(
      (group) => this.#current.has(group.configDigest) && canonicalJson(group.config) === wanted,
    );
  }

  #measured(configDigest: string, results: readonly StoredCell[]): MeasuredCell[] {
    return [...group(results, ({ arch }) => this.formOf(arch))]
      .map(([form, own]) => ({
        form,
        configDigest,
        results: own.toSorted((a, b) => a.seed - b.seed),
        accuracy: summarise(own.map(({ testAccuracy }) => 100 * testAccuracy)),
      }))
      .sort((a, b) => b.accuracy.mean - a.accuracy.mean);
  }
}
