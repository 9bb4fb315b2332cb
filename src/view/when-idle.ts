/** Milliseconds after which it is done on a page that never rests, as while the clock plays. */
const PATIENCE = 1500;

/**
 * Calls `body` once, when the page has time for it.
 *
 * @returns takes it back
 */
export function whenIdle(body: () => void): () => void {
  // Safari has no idle callbacks.
  if (!('requestIdleCallback' in globalThis)) {
    const timer = setTimeout(body, PATIENCE);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(body, { timeout: PATIENCE });
  return () => cancelIdleCallback(handle);
}
