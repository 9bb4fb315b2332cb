/** Of a run, while a trainer holds it; the browser frees it when the trainer's tab or worker is gone. */
const RUN = 'alphascope-run-';

export function runLock(uid: string): string {
  return RUN + uid;
}

/**
 * Time for the holder to let go, in milliseconds: the lock of a worker that was ended outlives it by a
 * moment.
 */
const PATIENCE = 3000;

interface LockOptions {
  readonly patience?: number | undefined;
  readonly seize?: boolean;
}

/**
 * Runs `body` while nobody else holds a lock of this name.
 *
 * @param options.patience milliseconds to wait for whoever holds it
 * @param options.seize takes the lock from its holder, which must have been ended: a worker that hangs in
 * a call to the GPU keeps its locks until that returns
 * @throws Error with these words when it was not let go in time
 */
export async function holdLock(
  name: string,
  refusal: string,
  body: () => Promise<void>,
  { patience = PATIENCE, seize = false }: LockOptions = {},
): Promise<void> {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  // Missing in Node and on pages served over plain http.
  if (!locks) return body();
  const late = new AbortController();
  const seized = seize && (await heldLocks()).has(name);
  const options = seized ? { steal: true } : { signal: late.signal };
  const timer = setTimeout(() => late.abort(new Error(refusal)), patience);
  let granted = false;
  try {
    await locks.request(name, options, async () => {
      granted = true;
      clearTimeout(timer);
      await body();
    });
  } catch (error) {
    clearTimeout(timer);
    if (granted || !isForbidden(error)) throw error;
    // A browser that keeps nothing for this page has no locks for it either, and no run to share.
    await body();
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'SecurityError';
}

/** Names of all locks that are held now, in any tab. */
export async function heldLocks(): Promise<ReadonlySet<string>> {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  const { held = [] } = (await locks?.query()) ?? {};
  return new Set(held.flatMap(({ name }) => (name === undefined ? [] : [name])));
}

/** Uids of the runs that a trainer holds, here or in another tab. */
export async function heldRuns(): Promise<ReadonlySet<string>> {
  const names = [...(await heldLocks())].filter((name) => name.startsWith(RUN));
  return new Set(names.map((name) => name.slice(RUN.length)));
}
