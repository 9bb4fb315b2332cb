import { deleteDB } from 'idb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStore, type Store } from '../../../src/store/database';
import { regimeKey } from '../../../src/trace/digest';
import type { EpochRecord, RunHead } from '../../../src/trace/types';
import { IDLE } from '../../../src/trainer/protocol';
import { Library } from '../../../src/view/state/library.svelte';
import { syntheticEpochs, syntheticHead } from '../../support/synthetic-run';

let name: string;
let store: Store;
let library: Library;
let head: RunHead;
let epochs: readonly EpochRecord[];

beforeEach(async () => {
  name = `alphascope-test-${crypto.randomUUID()}`;
  store = await openStore(name);
  library = new Library(() => Promise.resolve(store), name);
  head = await syntheticHead({ seed: 0, epochs: 9, state: 'running' });
  epochs = syntheticEpochs(head, 9);
});

afterEach(async () => {
  library.close();
  store.close();
  await deleteDB(name);
});

/** Holds back what a read of the real store has found, until released. */
function slowly(method: 'listRuns' | 'readEpochs' | 'usage'): {
  found: Promise<void>;
  release: () => void;
} {
  let release = (): void => undefined;
  const released = new Promise<void>((done) => (release = done));
  let isFound = (): void => undefined;
  const found = new Promise<void>((done) => (isFound = done));
  const read = store[method].bind(store) as (...args: unknown[]) => Promise<unknown>;
  Object.defineProperty(store, method, {
    configurable: true,
    value: async (...args: unknown[]) => {
      const answer = await read(...args);
      isFound();
      await released;
      return answer;
    },
  });
  return { found, release };
}

/** Stores an epoch and tells of it, in the order of the trainer. */
async function train(at: number): Promise<void> {
  await store.appendEpoch(head.uid, epochs[at]!, null);
  library.receive({ type: 'epoch', uid: head.uid, record: epochs[at]! });
}

describe('a run that trains while the store is read', () => {
  test.each(['listRuns', 'readEpochs'] as const)(
    'keeps the epochs told of during a slow %s',
    async (method) => {
      await store.createRun(head);
      const { found, release } = slowly(method);
      library.receive({ type: 'run', head });
      library.receive({
        type: 'status',
        status: { ...IDLE, state: 'training', uid: head.uid },
      });
      await found;
      await train(0);
      await train(1);
      release();
      // Never fewer than were told of, whatever is read meanwhile.
      for (let look = 0; look < 50; look += 1) {
        expect(library.epochs.get(head.uid)?.length).toBe(2);
        expect(library.runs[0]?.epochCount).toBe(2);
        await new Promise((done) => setTimeout(done, 2));
      }
      await library.refresh();
      await train(2);
      expect(library.shownKey).toBe(regimeKey(head));
      expect(library.epochs.get(head.uid)).toEqual(epochs.slice(0, 3));
    },
  );
});

test('waits for no count of the bytes', async () => {
  await store.createRun(head);
  const { found, release } = slowly('usage');
  await library.refresh();
  expect(library.runs.map(({ uid }) => uid)).toEqual([head.uid]);
  await found;
  expect(library.usage).toBeNull();
  release();
  await expect.poll(() => library.usage).toHaveProperty('usage');
});
