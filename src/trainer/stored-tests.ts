import type { TestMemory } from '../engine/device';
import type { Store } from '../store/database';

/**
 * Self-tests passed before, by build and device. Without a store every opening tests anew.
 *
 * @param failed told when the store could not be written
 */
export function storedTests(
  build: string,
  store: () => Promise<Store>,
  failed: () => void,
): TestMemory {
  const keyOf = (device: string) => `self-test ${build} ${device}`;
  return {
    passed: async (device) => {
      const known = await store()
        .then((opened) => opened.readMeta(keyOf(device)))
        .catch(() => null);
      return known === true;
    },
    remember: async (device) => {
      await store()
        .then((opened) => opened.writeMeta(keyOf(device), true))
        .catch(failed);
    },
  };
}
