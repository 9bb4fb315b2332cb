import { Versions } from '../../offline/versions';
import type { Toasts } from './toasts.svelte';

/** Milliseconds between two looks for a newer version, at least. */
const LOOK_EVERY = 3_600_000;

/** The app without a network, and newer versions of it. */
export class Offline {
  readonly #toasts: Toasts;
  /** Address of the service worker; null for none. */
  readonly #script: URL | null;
  /** Why the page must not be loaded again now; null when it may. */
  readonly #busy: () => Promise<string | null>;
  #versions: Versions | null = null;
  #lookedAt = 0;
  #stop: () => void = () => undefined;

  /** A newer version can be had by loading the page again; null while there is none. */
  newer = $state<'waiting' | 'in-force' | null>(null);
  /** The visitor has put the notice off. */
  dismissed = $state(false);

  constructor(toasts: Toasts, script: URL | null, busy: () => Promise<string | null>) {
    this.#toasts = toasts;
    this.#script = script;
    this.#busy = busy;
  }

  /** After the page is drawn: what it fetches must not stand in the way of what is looked at. */
  async start(): Promise<void> {
    if (this.#script === null) return;
    const tell = (newer: 'waiting' | 'in-force') => () => {
      this.newer = newer;
      this.dismissed = false;
    };
    this.#lookedAt = performance.now();
    this.#versions = await Versions.open(this.#script, {
      kept: () => this.#toasts.show('Kept in this browser: this page now works offline.'),
      waiting: tell('waiting'),
      outdated: tell('in-force'),
    });
    const onVisible = () => void this.#look();
    document.addEventListener('visibilitychange', onVisible);
    this.#stop = () => document.removeEventListener('visibilitychange', onVisible);
  }

  /** Loads the page again, by the newer version. Does nothing under a run, in whatever tab. */
  async update(): Promise<void> {
    if ((await this.#busy()) === null) this.#versions?.takeOver();
  }

  close(): void {
    this.#stop();
  }

  async #look(): Promise<void> {
    const now = performance.now();
    if (document.hidden || now - this.#lookedAt < LOOK_EVERY) return;
    this.#lookedAt = now;
    await this.#versions?.look();
  }
}
