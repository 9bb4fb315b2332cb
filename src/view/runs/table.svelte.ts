import type { RunSummary } from '../../store/database';
import { count } from '../format';
import type { Library } from '../state/library.svelte';
import type { Notices } from '../state/notices.svelte';
import type { Toasts } from '../state/toasts.svelte';
import type { Trainer } from '../state/trainer.svelte';
import { FinalCells } from './final-cells.svelte';
import type { RunGroup } from './grouping';

/** The parts of the page that the table acts on. */
interface Parts {
  readonly library: Library;
  readonly trainer: Trainer;
  readonly toasts: Toasts;
  readonly notices: Notices;
}

/** What the run table lets one do: select, rename, delete with a way back, continue. */
export class RunTableState {
  readonly #page: Parts;
  readonly finalCells: FinalCells;

  #selected = $state.raw<ReadonlySet<string>>(new Set());
  /** Keys of the regimes whose runs are listed one by one. */
  open = $state.raw<ReadonlySet<string>>(new Set());

  /** Selected runs that still exist. */
  readonly selected: readonly string[] = $derived.by(() =>
    this.#page.library.runs.filter(({ uid }) => this.#selected.has(uid)).map(({ uid }) => uid),
  );
  /** What an export takes: the selection, else the regimes on screen. */
  readonly exported: readonly string[] = $derived.by(() =>
    this.selected.length > 0 ? this.selected : this.#page.library.shownUids,
  );
  readonly exportHint = $derived.by(() => {
    if (this.selected.length > 0) return `${count(this.selected.length, 'selected run')}`;
    const shown = this.#page.library.shownUids.length;
    if (shown > 0) return `${count(shown, 'run')} on screen`;
    return this.#page.library.isRecorded ? 'the recorded run' : 'nothing to export yet';
  });

  constructor(page: Parts) {
    this.#page = page;
    this.finalCells = new FinalCells(page.library);
  }

  isSelected(uid: string): boolean {
    return this.#selected.has(uid);
  }

  select(uids: readonly string[], selected: boolean): void {
    const next = new Set(this.#selected);
    for (const uid of uids) {
      if (selected) next.add(uid);
      else next.delete(uid);
    }
    this.#selected = next;
  }

  toggleOpen(key: string): void {
    const next = new Set(this.open);
    if (!next.delete(key)) next.add(key);
    this.open = next;
  }

  /** An empty name leaves the old one. */
  async rename(group: RunGroup, name: string): Promise<void> {
    const trimmed = name.trim().slice(0, 100);
    if (trimmed === '' || trimmed === group.name) return;
    await this.#try('The run could not be renamed', () =>
      this.#page.library.rename(
        group.heads.map(({ uid }) => uid),
        trimmed,
      ),
    );
  }

  /** Deletes runs, except one in training, and offers the way back. */
  async remove(heads: readonly RunSummary[]): Promise<void> {
    const uids = heads.map(({ uid }) => uid).filter((uid) => !this.isHeld(uid));
    if (uids.length === 0) return;
    await this.#try('The runs could not be deleted', async () => {
      const deleted = await this.#page.library.remove(uids);
      this.#page.toasts.show(`Deleted ${count(deleted.runs.length, 'run')}.`, {
        label: 'Undo',
        run: () =>
          void this.#try('The runs are still deleted', () => this.#page.library.restore(deleted)),
      });
    });
  }

  /** Whether the trainer of this page holds this run. */
  isBusy(uid: string): boolean {
    return this.#page.trainer.busy && this.#page.trainer.status.uid === uid;
  }

  /** Whether any trainer does, so that it must not be deleted or continued. */
  isHeld(uid: string): boolean {
    return this.isBusy(uid) || this.#page.library.held.has(uid);
  }

  /** The state in a word or two for a reader. */
  stateOf(run: RunSummary): string {
    if (run.state !== 'running' && run.state !== 'paused') return run.state;
    if (this.isBusy(run.uid)) return run.state === 'running' ? 'training' : 'paused';
    return this.#page.library.held.has(run.uid) ? 'in another tab' : 'cut off';
  }

  async #try(title: string, action: () => Promise<void>): Promise<void> {
    try {
      await action();
      this.#page.notices.clear('storage');
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#page.notices.show('storage', title, [reason]);
    }
  }
}
