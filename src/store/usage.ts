/** Room on this machine; null where the browser does not tell. */
export interface Usage {
  /** Bytes used by this origin. */
  readonly usage: number | null;
  readonly quota: number | null;
  /** The browser has promised not to evict the data when the disk runs low. */
  readonly persisted: boolean;
}

/** What the browser says about this origin's storage; insecure pages get no answer. */
export async function readUsage(): Promise<Usage> {
  // Missing on pages served over plain http, whatever the types say.
  const storage = navigator.storage as StorageManager | undefined;
  const estimate = await storage?.estimate();
  return {
    usage: estimate?.usage ?? null,
    quota: estimate?.quota ?? null,
    persisted: (await storage?.persisted()) ?? false,
  };
}

/**
 * Asks the browser not to evict this origin's data; some browsers ask the visitor. Pages only, not
 * workers.
 *
 * @returns whether it promised.
 */
export async function requestPersistence(): Promise<boolean> {
  const storage = navigator.storage as StorageManager | undefined;
  return (await storage?.persist()) ?? false;
}
