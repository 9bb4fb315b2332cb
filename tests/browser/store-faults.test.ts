import { deleteDB } from 'idb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cdp } from 'vitest/browser';
import { Connection } from '../../src/store/connection';
import { openStore, type Store } from '../../src/store/database';
import { StorageError } from '../../src/store/error';
import { syntheticEpochs, syntheticHead, syntheticRun } from '../support/synthetic-run';

/** Failures made by the browser itself through its debugging protocol; nothing is mocked. */

const origin = location.origin;
let name: string;
let store: Store;
let terminated = 0;

beforeEach(async () => {
  name = `alphascope-test-${crypto.randomUUID()}`;
  terminated = 0;
  store = await openStore(name, { onTerminated: () => terminated++ });
});

afterEach(async () => {
  await cdp().send('Storage.overrideQuotaForOrigin', { origin });
  store.close();
  await deleteDB(name);
});

async function fill() {
  const head = await syntheticHead({ seed: 1, epochs: 6, state: 'running' });
  const epochs = syntheticEpochs(head, 6);
  await store.createRun(head);
  await store.appendEpoch(head.uid, epochs[0]!, {
    uid: head.uid,
    epoch: 1,
    tensors: { weights: new Float32Array(8) },
    scalars: {},
  });
  return { head, uid: head.uid, epochs };
}

async function failure(promise: Promise<unknown>): Promise<StorageError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StorageError);
  return error as StorageError;
}

test('a full disk fails the write as a whole, says so, and passes', async () => {
  // Chromium remembers for half a minute how much room a database has; clearing makes it forget.
  store.close();
  await cdp().send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });
  await cdp().send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 4_000_000 });
  store = await openStore(name);
  const { head, uid, epochs } = await fill();

  const large = {
    uid,
    epoch: 2,
    tensors: { weights: Float32Array.from({ length: 2_000_000 }, Math.random) },
    scalars: {},
  };
  const append = store.appendEpoch(uid, epochs[1]!, large, { state: 'paused' });
  expect(await failure(append)).toMatchObject({
    kind: 'quota',
    message: containing('Storage is full'),
  });
  expect(await store.readEpochs(uid)).toEqual(epochs.slice(0, 1));
  expect(await store.listRuns()).toEqual([{ ...head, epochCount: 1, resumable: true }]);
  expect(await store.readCheckpoint(uid)).toMatchObject({ epoch: 1 });

  const many = await Promise.all(
    Array.from({ length: 60 }, (_, at) => syntheticRun({ seed: at + 2, epochs: 50 })),
  );
  expect((await failure(store.importRuns(many))).kind).toBe('quota');
  expect(await store.listRuns()).toHaveLength(1);
  expect(await store.readEpochs(many[0]!.uid)).toEqual([]);

  await cdp().send('Storage.overrideQuotaForOrigin', { origin });
  await store.appendEpoch(uid, epochs[1]!, large);
  expect(await store.readEpochs(uid)).toEqual(epochs.slice(0, 2));
});

test('a connection that the browser cuts is opened again by the next call', async () => {
  const { uid } = await fill();
  await cdp().send('Storage.clearDataForOrigin', { origin, storageTypes: 'indexeddb' });
  await expect.poll(() => terminated).toBe(1);
  expect(await store.readRun(uid)).toBeNull();
  const { head } = await fill();
  expect((await store.listRuns()).map((run) => run.uid)).toEqual([head.uid]);
});

test('a transaction that is aborted half-way leaves head, epochs and checkpoint as they were', async () => {
  const { uid, epochs } = await fill();
  const connection = new Connection(name, {});
  const error = await failure(
    connection.write(['runs', 'epochs', 'checkpoints'], async (tx) => {
      const head = (await tx.objectStore('runs').get(uid))!;
      await tx.objectStore('runs').put({ ...head, epochCount: 2, name: 'half' });
      await tx.objectStore('epochs').put(epochs[1]!, [uid, 2]);
      await tx.objectStore('checkpoints').delete(uid);
      tx.abort();
    }),
  );
  connection.close();
  expect(error.kind).toBe('other');
  expect((await store.listRuns())[0]).toMatchObject({ epochCount: 1, name: 'baseline' });
  expect(await store.readEpochs(uid)).toHaveLength(1);
  expect(await store.readCheckpoint(uid)).toMatchObject({ epoch: 1 });
});

test('a body that throws after writing is undone, and its error is kept', async () => {
  const { uid } = await fill();
  const connection = new Connection(name, {});
  const error = await failure(
    connection.write(['runs'], async (tx) => {
      await tx.objectStore('runs').delete(uid);
      throw new Error('planted');
    }),
  );
  connection.close();
  expect(error).toMatchObject({ kind: 'other', message: containing('planted') });
  expect(await store.listRuns()).toHaveLength(1);
});

test('every write asks for strict durability', async () => {
  const connection = new Connection(name, {});
  const durability = await connection.write(['meta'], async (tx) => {
    await tx.objectStore('meta').put(1, 'a');
    return tx.durability;
  });
  connection.close();
  expect(durability).toBe('strict');
});

function containing(text: string): unknown {
  return expect.stringContaining(text);
}
