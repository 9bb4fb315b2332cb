import { keep, keptPaths } from '../../offline/kept';
import { Versions } from '../../offline/versions';
import type { Toasts } from './toasts.svelte';

/** Milliseconds between two looks for a newer version, at least. */
const LOOK_EVERY = 3_600_000;

/** Traces of recordings, which are kept when they are first asked for. */
const TRACE = /\/recordings\/[^/]+\.json\.gz$/;

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
  /** Paths of the files kept here, from the app's folder; null where nothing is kept. */
  kept = $state.raw<ReadonlySet<string> | null>(null);
  /** Files that are still to be kept; null while none was asked for. */
  keeping = $state<number | null>(null);
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
      kept: () => void this.#tellKept(),
      waiting: tell('waiting'),
      outdated: tell('in-force'),
    });
    await this.count();
    const onVisible = () => void this.#look();
    document.addEventListener('visibilitychange', onVisible);
    this.#stop = () => document.removeEventListener('visibilitychange', onVisible);
  }

  /** Loads the page again, by the newer version. Does nothing under a run, in whatever tab. */
  async update(): Promise<void> {
    if ((await this.#busy()) === null) this.#versions?.takeOver();
  }

  /** Looks again what is kept. */
  async count(): Promise<void> {
    if (this.#versions?.inForce === true) this.kept = await keptPaths(document.baseURI);
  }

  /** Keeps these files of the app, which it else keeps when they are first asked for. Never rejects. */
  async keep(urls: readonly URL[]): Promise<void> {
    if (this.keeping !== null) return;
    this.keeping = urls.length;
    try {
      for (const url of urls) {
        await keep(url);
        this.keeping--;
      }
    } catch {
      this.#toasts.show('Not all of it could be kept: is there a network?');
    } finally {
      this.keeping = null;
      await this.count();
    }
  }

  close(): void {
    this.#stop();
  }

  /** What was shown before there was a service worker to see it is kept now. */
  async #tellKept(): Promise<void> {
    const shown = performance.getEntriesByType('resource').map(({ name }) => new URL(name));
    await this.keep(shown.filter(({ pathname }) => TRACE.test(pathname)));
    this.#toasts.show(
      'Kept in this browser: this page now works offline, with the recordings it has shown.',
    );
  }

  async #look(): Promise<void> {
    const now = performance.now();
    if (document.hidden || now - this.#lookedAt < LOOK_EVERY) return;
    this.#lookedAt = now;
    await this.#versions?.look();
  }
}
