/**
 * Runs `body` while no other tab holds a lock of this name.
 *
 * @throws Error with these words when another tab does
 */
export async function holdLock(
  name: string,
  refusal: string,
  body: () => Promise<void>,
): Promise<void> {
  const locks = (globalThis.navigator as Navigator | undefined)?.locks;
  if (!locks) return body();
  await locks.request(name, { ifAvailable: true }, async (lock) => {
    if (!lock) throw new Error(refusal);
    await body();
  });
}
