import type { ConnectionCallbacks } from '../../store/connection';
import type { Store } from '../../store/database';
import { requestPersistence } from '../../store/usage';
import type { Report } from '../../trainer/protocol';
import type { Library } from './library.svelte';
import type { Notices } from './notices.svelte';
import type { Toasts } from './toasts.svelte';
import type { Trainer } from './trainer.svelte';

export type OpenStore = (callbacks: ConnectionCallbacks) => Promise<Store>;

/** The parts of the page that are spoken through. */
interface Parts {
  readonly trainer: Trainer;
  readonly library: Library;
  readonly toasts: Toasts;
  readonly notices: Notices;
}

/** In the store: the browser was asked to keep the runs. */
const ASKED = 'persistence-asked';

/** Says in words what happens to runs and to where they are kept, and asks the browser to keep them. */
export class RunCare {
  readonly #page: Parts;

  constructor(page: Parts) {
    this.#page = page;
  }

  /** Opens the store, and tells of other tabs with another version of the app. */
  async open(open: OpenStore): Promise<Store> {
    const { notices } = this.#page;
    const store = await open({
      onBlocked: () =>
        notices.show('blocked', 'Another tab holds the runs', [
          'It has an older version of Alphascope open. Close or reload it, and this page goes on.',
        ]),
      onSuperseded: () =>
        notices.show('blocked', 'A newer version of Alphascope is open in another tab', [
          'Reload this page to go on. What trains here ends with its last stored epoch and can be continued then.',
        ]),
    });
    notices.clear('blocked');
    return store;
  }

  /** Says what is wrong with the store, once it was read. */
  tellState(): void {
    const { library, notices } = this.#page;
    if (library.problem !== null) this.#tellUnkept(library.problem);
    else if (library.readOnly) {
      notices.show('storage', 'These runs were kept by a newer version of Alphascope', [
        'They can be looked at and exported here, not changed, and nothing can be trained. Reload this page to get the newer version.',
      ]);
    }
  }

  /** Asks the browser not to delete the runs when the disk runs low, and says what it answers. */
  async askToKeep(): Promise<void> {
    const kept = await requestPersistence();
    this.#page.toasts.show(
      kept
        ? 'The browser has promised to keep your runs when the disk runs low.'
        : 'The browser promises nothing: it may delete your runs when the disk runs low. Export what you want to keep.',
    );
    await this.#page.library.refresh();
  }

  receive(report: Report): void {
    const { trainer, toasts, notices } = this.#page;
    if (report.type === 'cell') void this.#askOnce();
    if (report.type === 'unkept') this.#tellUnkept(report.reason);
    else if (report.type === 'run' || report.type === 'cell') notices.clear('handover');
    else if (report.type === 'thinned') {
      toasts.show(
        `Storage is full. To make room, ${report.run} can no longer be continued; its epochs stay.`,
      );
    } else if (report.type === 'released') {
      const what = report.uid === null ? 'the cells' : 'the run';
      notices.show('handover', `Another tab has taken ${what} over`, [
        'Training goes on there after the last finished epoch. Nothing trains here now.',
      ]);
    } else if (report.type === 'gpu-lost') {
      toasts.show(`${report.message} It is started again.`);
    } else if (report.type === 'event') {
      const { kind, detail } = report.event;
      // An interruption told before training goes on is one of an earlier page.
      const gap = kind === 'interrupted' && trainer.status.state === 'training';
      if (gap) toasts.show(`Training goes on: ${detail}.`);
      else if (kind === 'finished') void this.#askOnce();
    }
  }

  /** After the first result there is something to keep, and a reason to ask for it. */
  async #askOnce(): Promise<void> {
    try {
      const store = await this.#page.library.store();
      if ((await store.readMeta(ASKED)) === true) return;
      await store.writeMeta(ASKED, true);
      if (!(await store.usage()).persisted) await this.askToKeep();
    } catch {
      // Where nothing is kept there is nothing to ask for; the page says so already.
    }
  }

  #tellUnkept(reason: string): void {
    this.#page.notices.show('storage', 'Runs cannot be kept in this browser', [
      reason,
      'Training works all the same, but its runs end with this page: export them before you close it.',
    ]);
  }
}
