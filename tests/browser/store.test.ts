import { deleteDB, openDB } from 'idb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { onStoreChange, type StoreChange } from '../../src/store/change';
import type { Checkpoint } from '../../src/store/checkpoint';
import { openStore, type Store } from '../../src/store/database';
import { StorageError } from '../../src/store/error';
import { forkOf } from '../../src/trace/fork';
import { readTrace } from '../../src/trace/read';
import type { TraceRun } from '../../src/trace/types';
import { writeTrace } from '../../src/trace/write';
import {
  syntheticEpochs,
  syntheticHead,
  syntheticRun,
  syntheticUid,
} from '../support/synthetic-run';

let name: string;
let store: Store;
const opened: Store[] = [];

async function open(callbacks?: Parameters<typeof openStore>[1]): Promise<Store> {
  const next = await openStore(name, callbacks);
  opened.push(next);
  return next;
}

beforeEach(async () => {
  name = `alphascope-test-${crypto.randomUUID()}`;
  store = await open();
});

afterEach(async () => {
  for (const one of opened.splice(0)) one.close();
  await deleteDB(name);
});

async function refusal(promise: Promise<unknown>): Promise<StorageError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StorageError);
  return error as StorageError;
}

function checkpointOf(uid: string, epoch: number, size = 1000): Checkpoint {
  return {
    uid,
    epoch,
    tensors: { weights: new Float32Array(size).fill(epoch + 0.5), momentum: new Float32Array(3) },
    scalars: { step: epoch * 32 },
  };
}

/** A run of `total` epochs of which `count` are stored, with checkpoints. */
async function stored(count: number, total = 5, seed = 1) {
  const head = await syntheticHead({ seed, epochs: total, state: 'running' });
  const epochs = syntheticEpochs(head, total);
  await store.createRun(head, checkpointOf(head.uid, 0));
  for (const record of epochs.slice(0, count)) {
    await store.appendEpoch(head.uid, record, checkpointOf(head.uid, record.epoch));
  }
  return { head, uid: head.uid, epochs };
}

async function add(...runs: TraceRun[]): Promise<void> {
  expect((await store.importRuns(runs)).added).toEqual(runs.map(({ uid }) => uid));
}

describe('a run as it trains', () => {
  test('is read back as it was written, by another connection, too', async () => {
    const { head, uid, epochs } = await stored(3);
    const other = await open();
    expect(await other.readEpochs(uid)).toEqual(epochs.slice(0, 3));
    expect(await other.readRun(uid)).toMatchObject({ ...head, epochs: epochs.slice(0, 3) });
    expect(await other.readCheckpoint(uid)).toEqual(checkpointOf(uid, 3));
    expect(await other.listRuns()).toEqual([{ ...head, epochCount: 3, resumable: true }]);
  });

  test('gives the digest of the same run made elsewhere', async () => {
    const run = await syntheticRun({ seed: 1, epochs: 5, state: 'running' });
    const { uid } = await stored(5);
    expect(await store.readRun(uid)).toEqual(run);
  });

  test('refuses a duplicate and a gap, and keeps what it had', async () => {
    const { uid, epochs } = await stored(2);
    const duplicate = await refusal(store.appendEpoch(uid, epochs[1]!, checkpointOf(uid, 2)));
    expect(duplicate).toMatchObject({
      kind: 'refused',
      message: `Epoch 2 of run ${uid} is stored already.`,
    });
    const gap = await refusal(store.appendEpoch(uid, epochs[3]!, checkpointOf(uid, 4)));
    expect(gap).toMatchObject({
      kind: 'refused',
      message: `Epoch 4 of run ${uid} leaves a gap: the next one is 3.`,
    });
    expect(await store.readEpochs(uid)).toEqual(epochs.slice(0, 2));
    await store.appendEpoch(uid, epochs[2]!, null);
    expect((await store.readCheckpoint(uid))?.epoch).toBe(2);
  });

  test('two connections that append the same epoch: one wins, one is refused', async () => {
    const { uid, epochs } = await stored(1);
    const other = await open();
    const outcomes = await Promise.allSettled([
      store.appendEpoch(uid, epochs[1]!, null),
      other.appendEpoch(uid, epochs[1]!, null),
    ]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await store.readEpochs(uid)).toEqual(epochs.slice(0, 2));
  });

  test('refuses a record that could not be exported', async () => {
    const { uid, epochs } = await stored(1);
    const broken = { ...epochs[1]!, lossTrain: NaN };
    expect(await refusal(store.appendEpoch(uid, broken, null))).toMatchObject({
      kind: 'refused',
      message: 'This cannot be stored: $.lossTrain must be a finite number, not NaN.',
    });
    const foreign = { ...epochs[1]!, arch: '|none~0|+|none~0|none~1|+|none~0|none~1|none~2|' };
    expect((await refusal(store.appendEpoch(uid, foreign, null))).message).toContain('$.arch');
    expect(await store.readEpochs(uid)).toHaveLength(1);
  });

  test('refuses an unknown run, a known uid and a broken head', async () => {
    const { head, epochs } = await stored(0);
    expect((await refusal(store.createRun(head))).message).toContain('exists already');
    const gone = await refusal(store.appendEpoch(syntheticUid(99), epochs[0]!, null));
    expect(gone.message).toContain('is not stored here');
    const broken = await refusal(store.createRun({ ...head, uid: 'x' }));
    expect(broken.message).toContain('$.uid is no UUID');
    expect(await store.listRuns()).toHaveLength(1);
  });

  test('a change in mid-run is stored with the epoch that it first governs', async () => {
    const head = await syntheticHead({ seed: 1, epochs: 4, state: 'running' });
    const toggles = [{ fromEpoch: 3, frozen: true }];
    const epochs = syntheticEpochs({ ...head, toggles }, 4);
    await store.createRun(head);
    await store.appendEpoch(head.uid, epochs[0]!, null);
    await store.appendEpoch(head.uid, epochs[1]!, null);
    expect((await refusal(store.appendEpoch(head.uid, epochs[2]!, null))).message).toContain(
      '$.phase must be joint',
    );
    const event = {
      kind: 'toggle',
      epoch: 2,
      at: '2026-01-01T00:00:00.000Z',
      detail: 'frozen: false -> true',
    } as const;
    await store.appendEpoch(head.uid, epochs[2]!, null, { toggles, addEvents: [event] });
    const run = await store.readRun(head.uid);
    expect(run?.toggles).toEqual(toggles);
    expect(run?.events).toEqual([...head.events, event]);
    const late = await refusal(store.updateHead(head.uid, { toggles: [] }));
    expect(late.message).toContain('what was in force in them is fixed');
  });

  test('rename, state and events change nothing else', async () => {
    const { head, uid } = await stored(1);
    const event = { kind: 'paused', epoch: 1, at: head.createdAt, detail: '' } as const;
    await store.renameRun(uid, '<b>Mine</b> ☂');
    await store.appendEvent(uid, event);
    await store.updateHead(uid, { state: 'paused' });
    expect((await store.listRuns())[0]).toEqual({
      ...head,
      name: '<b>Mine</b> ☂',
      state: 'paused',
      events: [...head.events, event],
      epochCount: 1,
      resumable: true,
    });
    expect((await refusal(store.renameRun(uid, ''))).kind).toBe('refused');
    expect((await refusal(store.renameRun(uid, 'x'.repeat(201)))).kind).toBe('refused');
  });

  test('changes of a head from two connections at once are all kept', async () => {
    const { head, uid } = await stored(0);
    const other = await open();
    const event = (detail: string) =>
      ({ kind: 'paused', epoch: 0, at: head.createdAt, detail }) as const;
    await Promise.all([
      store.appendEvent(uid, event('a')),
      other.renameRun(uid, 'renamed'),
      other.appendEvent(uid, event('b')),
      store.appendEvent(uid, event('c')),
    ]);
    const [run] = await store.listRuns();
    expect(run?.name).toBe('renamed');
    expect(run?.events.map(({ detail }) => detail).sort()).toEqual(['a', 'b', 'c', 'synthetic']);
  });
});

describe('checkpoints', () => {
  test('of another run or epoch, or with a value that is not finite, undo the whole append', async () => {
    const { uid, epochs } = await stored(1);
    const good = checkpointOf(uid, 2);
    for (const [bad, message] of [
      [{ ...good, uid: syntheticUid(9) }, 'cannot be kept for run'],
      [{ ...good, epoch: 1 }, 'A checkpoint after epoch 1 cannot be kept at epoch 2.'],
      [
        { ...good, tensors: { w: Float32Array.of(1, NaN) } },
        'Tensor w of the checkpoint is NaN at 1.',
      ],
      [{ ...good, scalars: { step: Infinity } }, 'step of the checkpoint is Infinity.'],
    ] as const) {
      const error = await refusal(store.appendEpoch(uid, epochs[1]!, bad));
      expect(error).toMatchObject({ kind: 'refused', message: containing(message) });
    }
    expect(await store.readEpochs(uid)).toHaveLength(1);
    expect((await store.listRuns())[0]?.epochCount).toBe(1);
    expect(await store.readCheckpoint(uid)).toEqual(checkpointOf(uid, 1));
  });

  test('take only their own part of a larger buffer along', async () => {
    const { uid, epochs } = await stored(0);
    const heap = new Float32Array(1_000_000).fill(7);
    const tensors = { weights: heap.subarray(10, 14) };
    await store.appendEpoch(uid, epochs[0]!, { uid, epoch: 1, tensors, scalars: {} });
    const kept = await store.readCheckpoint(uid);
    expect(kept?.tensors.weights).toEqual(Float32Array.of(7, 7, 7, 7));
    expect(kept?.tensors.weights?.buffer.byteLength).toBe(16);
  });

  test('a run goes on from its last one: newer records are dropped and can be appended again', async () => {
    const { uid, epochs } = await stored(2);
    await store.appendEpoch(uid, epochs[2]!, null);
    await store.appendEpoch(uid, epochs[3]!, null);
    expect((await store.rewindToCheckpoint(uid)).epoch).toBe(2);
    expect(await store.readEpochs(uid)).toEqual(epochs.slice(0, 2));
    await store.appendEpoch(uid, epochs[2]!, null);
    expect(await store.readEpochs(uid)).toEqual(epochs.slice(0, 3));
  });

  test('begin a fork together with its parent’s epochs, or nothing is stored', async () => {
    const { head, epochs } = await stored(3);
    const run = { ...head, epochs };
    const branch = { ...head, uid: syntheticUid(77), ...(await forkOf(run, 2, { l2: 0.5 })) };
    const begin = (count: number, at = count) =>
      store.createFork(branch, epochs.slice(0, count), checkpointOf(branch.uid, at));
    expect((await refusal(begin(1))).message).toContain('does not come with the epochs');
    expect((await refusal(begin(2, 1))).message).toContain('cannot be kept at epoch 2');
    expect(await store.readHead(branch.uid)).toBeNull();
    await begin(2);
    expect((await refusal(begin(2))).message).toContain('exists already');
    expect(await store.readEpochs(branch.uid)).toEqual(epochs.slice(0, 2));
    expect((await store.rewindToCheckpoint(branch.uid)).epoch).toBe(2);
    const untold = store.updateHead(branch.uid, { toggles: [] });
    expect((await refusal(untold)).message).toContain('fork.change');
  });

  test('decide whether a run can be resumed', async () => {
    const { uid, epochs } = await stored(4);
    const resumable = async () => (await store.listRuns())[0]?.resumable;
    expect(await resumable()).toBe(true);
    expect(await store.thinCheckpoints(new Set([uid]))).toBeNull();
    expect(await store.thinCheckpoints(new Set())).toBe('baseline, seed 1');
    expect(await resumable()).toBe(false);
    expect((await refusal(store.rewindToCheckpoint(uid))).message).toContain('has no checkpoint');
    await store.appendEpoch(uid, epochs[4]!, checkpointOf(uid, 5), { state: 'finished' });
    expect(await resumable()).toBe(false);
  });

  test('of finished runs are not kept', async () => {
    const { uid, epochs } = await stored(4);
    await store.appendEpoch(uid, epochs[4]!, checkpointOf(uid, 5), { state: 'finished' });
    expect(await store.readCheckpoint(uid)).toBeNull();
  });

  test('are thinned oldest first, and no record goes with them', async () => {
    for (const seed of [1, 2, 3]) await stored(2, 5, seed);
    const runs = await store.listRuns();
    const [first, second, third] = runs.map(({ uid }) => uid) as [string, string, string];
    expect(await store.thinCheckpoints(new Set([first]))).toBe('baseline, seed 2');
    expect(await store.thinCheckpoints(new Set())).toBe('baseline, seed 1');
    expect(await store.readCheckpoint(third)).toEqual(checkpointOf(third, 2));
    expect(await store.readEpochs(first)).toHaveLength(2);
    expect(await store.readEpochs(second)).toHaveLength(2);
    expect(await store.thinCheckpoints(new Set())).toBe('baseline, seed 3');
    expect(await store.thinCheckpoints(new Set())).toBeNull();
  });
});

describe('delete', () => {
  test('takes all of a run and can be undone, checkpoint included', async () => {
    const { uid, epochs } = await stored(3);
    await add(await syntheticRun({ seed: 2, epochs: 2 }));
    const before = writeTrace([(await store.readRun(uid))!]);

    const deleted = await store.deleteRuns([uid, uid, syntheticUid(99)]);
    expect((await store.listRuns()).map(({ seed }) => seed)).toEqual([2]);
    expect(await store.readRun(uid)).toBeNull();
    expect(await store.readEpochs(uid)).toEqual([]);
    expect(await store.readCheckpoint(uid)).toBeNull();
    expect(await store.readEpochs(syntheticUid(2))).toHaveLength(2);

    await store.restoreRuns(deleted);
    expect(writeTrace([(await store.readRun(uid))!])).toBe(before);
    expect(await store.readCheckpoint(uid)).toEqual(checkpointOf(uid, 3));
    await store.appendEpoch(uid, epochs[3]!, null);

    expect((await refusal(store.restoreRuns(deleted))).message).toContain('is here again');
    expect(await store.readEpochs(uid)).toHaveLength(4);
  });

  test('of a run that is being trained is told to the trainer', async () => {
    const { uid, epochs } = await stored(1);
    await store.deleteRuns([uid]);
    const error = await refusal(store.appendEpoch(uid, epochs[1]!, checkpointOf(uid, 2)));
    expect(error.message).toContain('it may have been deleted');
    expect(await store.readCheckpoint(uid)).toBeNull();
  });
});

describe('import', () => {
  test('export, import and export again are equal in bytes', async () => {
    const runs = await Promise.all(
      [3, 1, 2].map((seed) =>
        syntheticRun({
          seed,
          epochs: seed + 2,
          name: `Seed ${seed} — ü ☂`,
          settings: { warmup: seed - 1, epochs: 10, ops: ['skip_connect', 'nor_conv_3x3'] },
          state: seed === 2 ? 'running' : 'stopped',
        }),
      ),
    );
    const first = writeTrace(runs);
    await add(...(await readTrace(first)).runs);
    const heads = await store.listRuns();
    expect(heads.map(({ seed }) => seed)).toEqual([1, 2, 3]);
    expect(heads.every(({ resumable }) => !resumable)).toBe(true);
    const read = await Promise.all(heads.map(({ uid }) => store.readRun(uid)));
    expect(writeTrace(read.filter((run) => run !== null))).toBe(first);
  });

  test('brings a checkpoint along, and gives it to a run that has none', async () => {
    const cut = await syntheticRun({
      seed: 1,
      epochs: 3,
      settings: { epochs: 5 },
      state: 'paused',
    });
    const done = await syntheticRun({ seed: 2, epochs: 2 });
    const checkpoints = [checkpointOf(cut.uid, 2), checkpointOf(done.uid, 2)];
    const none = await store.importRuns([cut]);
    expect(none).toMatchObject({ added: [cut.uid], resumable: [] });
    const given = await store.importRuns([cut, done], checkpoints);
    expect(given).toMatchObject({ added: [done.uid], known: [cut.uid], resumable: [cut.uid] });
    expect(await store.readCheckpoint(done.uid)).toBeNull();
    expect(await store.readWithCheckpoint(cut.uid)).toEqual({
      run: cut,
      checkpoint: checkpoints[0],
    });

    // What is here stays: another checkpoint of the same run changes nothing.
    const later = await store.importRuns([cut], [checkpointOf(cut.uid, 3)]);
    expect(later).toMatchObject({ known: [cut.uid], resumable: [] });
    expect((await store.rewindToCheckpoint(cut.uid)).epoch).toBe(2);
    expect(await store.readEpochs(cut.uid)).toEqual(cut.epochs.slice(0, 2));

    const ahead = await syntheticRun({
      seed: 3,
      epochs: 1,
      settings: { epochs: 5 },
      state: 'paused',
    });
    const wrong = await refusal(store.importRuns([ahead], [checkpointOf(ahead.uid, 2)]));
    expect(wrong.message).toContain('ahead of its records');
    expect(await store.readHead(ahead.uid)).toBeNull();
  });

  test('reports a known run and a conflicting one, and leaves both alone', async () => {
    const known = await syntheticRun({ seed: 1, epochs: 4 });
    const other = await syntheticRun({ seed: 2, epochs: 4 });
    await add(known, other);
    await store.renameRun(known.uid, 'mine');

    const longer = await syntheticRun({ seed: 2, epochs: 5 });
    const fresh = await syntheticRun({ seed: 3, epochs: 1 });
    const result = await store.importRuns([known, longer, fresh, fresh]);
    expect(result).toEqual({
      added: [fresh.uid],
      known: [known.uid, fresh.uid],
      conflicting: [longer.uid],
      resumable: [],
    });
    expect((await store.listRuns()).map(({ name, epochCount }) => [name, epochCount])).toEqual([
      ['mine', 4],
      ['baseline', 4],
      ['baseline', 1],
    ]);
    expect(await store.readRun(other.uid)).toEqual(other);
  });

  test('is all or nothing', async () => {
    const good = await syntheticRun({ seed: 1, epochs: 2 });
    const bad = { ...(await syntheticRun({ seed: 2, epochs: 2 })), seed: -1 };
    expect((await refusal(store.importRuns([good, bad]))).message).toContain('$.runs[1].seed');
    expect(await store.listRuns()).toEqual([]);
    expect(await store.readEpochs(good.uid)).toEqual([]);
  });
});

describe('the database', () => {
  test('keeps notes', async () => {
    expect(await store.readMeta('exportedAt')).toBeNull();
    await store.writeMeta('exportedAt', '2026-01-01');
    await store.writeMeta('exportedAt', '2026-01-02');
    expect(await store.readMeta('exportedAt')).toBe('2026-01-02');
  });

  test('tells every page of a change, after it is done', async () => {
    const changes: StoreChange[] = [];
    const counts: Promise<number>[] = [];
    const other = await open();
    const stop = onStoreChange((change) => {
      changes.push(change);
      counts.push(other.readEpochs(change.uids[0]!).then((epochs) => epochs.length));
    }, name);
    const foreign: StoreChange[] = [];
    const stopForeign = onStoreChange((change) => foreign.push(change), `${name}-other`);
    const { uid, epochs } = await stored(1);
    await expect.poll(() => changes.length).toBe(2);
    expect(changes).toEqual([
      { database: name, kind: 'created', uids: [uid] },
      { database: name, kind: 'epoch', uids: [uid] },
    ]);
    expect(await counts[1]).toBe(1);
    stop();
    stopForeign();
    await store.appendEpoch(uid, epochs[1]!, null);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(changes).toHaveLength(2);
    expect(foreign).toEqual([]);
  });

  test('lets a newer version in and says what to do', async () => {
    let superseded = 0;
    const old = await open({ onSuperseded: () => superseded++ });
    const { uid } = await stored(1);
    const newer = await openDB(name, 3);
    expect(superseded).toBe(1);
    const error = await refusal(old.readRun(uid));
    expect(error).toMatchObject({ kind: 'blocked', message: containing('Reload') });
    expect(await newer.count('runs')).toBe(1);
    newer.close();
  });

  test('written by a newer version can be read and exported, not changed', async () => {
    const { uid, epochs } = await stored(2);
    const before = await store.readRun(uid);
    const newer = await openDB(name, 99, {
      upgrade: (database) => void database.createObjectStore('novelties'),
    });
    newer.close();
    const old = await open();
    expect(old.readOnly).toBe(true);
    expect(store.readOnly).toBe(false);
    expect(await old.readRun(uid)).toEqual(before);
    expect(await old.listRuns()).toHaveLength(1);
    for (const change of [
      old.appendEpoch(uid, epochs[2]!, null),
      old.renameRun(uid, 'mine'),
      old.deleteRuns([uid]),
      old.writeMeta('a', 1),
    ]) {
      expect(await refusal(change)).toMatchObject({
        kind: 'blocked',
        message: containing('A newer version of Alphascope'),
      });
    }
    expect(await old.readRun(uid)).toEqual(before);
  });

  test('says so after it was closed', async () => {
    store.close();
    expect((await refusal(store.listRuns())).message).toBe('The store was closed.');
  });

  test('tells how much room there is', async () => {
    const { usage, quota } = await store.usage();
    expect(usage).toBeGreaterThanOrEqual(0);
    expect(quota).toBeGreaterThan(usage!);
  });

  test('fifty epochs with checkpoints of a tiny net take little time', async () => {
    const head = await syntheticHead({ seed: 1, epochs: 50, state: 'running' });
    const epochs = syntheticEpochs(head, 50);
    const weights = 2 * 100_050;
    const begun = performance.now();
    await store.createRun(head);
    for (const record of epochs) {
      await store.appendEpoch(head.uid, record, checkpointOf(head.uid, record.epoch, weights));
    }
    const written = performance.now();
    const run = await store.readRun(head.uid);
    const read = performance.now();
    console.log(
      `50 epochs with checkpoints of ${((weights * 4) / 1e6).toFixed(1)} MB: written in ` +
        `${Math.round(written - begun)} ms, read with digest in ${Math.round(read - written)} ms`,
    );
    expect(run?.epochs).toEqual(epochs);
    expect(written - begun).toBeLessThan(30_000);
  });
});

function containing(text: string): unknown {
  return expect.stringContaining(text);
}
