import { TAKE_OVER } from './files';

/** What a tab hears about versions of the app. */
export interface VersionListener {
  /** This version is kept whole, so that it works without a network. Once, after a first visit. */
  readonly kept: () => void;
  /** A newer version is kept and waits. */
  readonly waiting: () => void;
  /** Another tab has put a newer version in force; this tab still runs the old one. */
  readonly outdated: () => void;
}

/** The versions of the app in this browser: the one in force, and one that waits. */
export class Versions {
  readonly #container: ServiceWorkerContainer;
  readonly #registration: ServiceWorkerRegistration;
  #wanted = false;

  private constructor(container: ServiceWorkerContainer, registration: ServiceWorkerRegistration) {
    this.#container = container;
    this.#registration = registration;
  }

  /**
   * Has the service worker keep the app. Null where the browser has none, for this address or at all,
   * or will not have it: the app then works as any page does.
   */
  static async open(script: URL, listener: VersionListener): Promise<Versions | null> {
    const container = (navigator as { readonly serviceWorker?: ServiceWorkerContainer })
      .serviceWorker;
    if (container === undefined) return null;
    try {
      const registration = await container.register(script, { updateViaCache: 'none' });
      const versions = new Versions(container, registration);
      versions.#listen(listener);
      return versions;
    } catch {
      return null;
    }
  }

  /** Whether this page is answered by a service worker. */
  get inForce(): boolean {
    return this.#container.controller !== null;
  }

  /** Looks for a newer version now; without a network there is none. */
  async look(): Promise<void> {
    await this.#registration.update().catch(() => undefined);
  }

  /** Puts the waiting version in force and loads the page again, by it. */
  takeOver(): void {
    this.#wanted = true;
    const { waiting } = this.#registration;
    if (waiting === null) location.reload();
    else waiting.postMessage(TAKE_OVER);
  }

  #listen({ kept, waiting, outdated }: VersionListener): void {
    let controlled = this.#container.controller !== null;
    this.#container.addEventListener('controllerchange', () => {
      if (this.#wanted) location.reload();
      else if (controlled) outdated();
      else kept();
      controlled = true;
    });
    if (this.#registration.waiting !== null && this.#registration.active !== null) waiting();
    const follow = (worker: ServiceWorker | null) =>
      worker?.addEventListener('statechange', () => {
        // The first version of all takes over at once and tells so by taking control.
        if (worker.state === 'installed' && this.#registration.active !== null) waiting();
      });
    // What is being fetched since before this page listened counts as well.
    follow(this.#registration.installing);
    this.#registration.addEventListener('updatefound', () => follow(this.#registration.installing));
  }
}
