import { deleteDB } from 'idb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DATABASE_NAME } from '../../src/store/change';
import { openStore, type Store } from '../../src/store/database';
import { configDigest, runDigest, sharedDigest } from '../../src/trace/digest';
import type { LiveChange, TraceRun } from '../../src/trace/types';
import type { VerifyReport } from '../../src/trainer/protocol';
import { SMALL, SMALL_DIGEST, computed } from '../support/small-run';
import { TrainerBench } from '../support/trainer-bench';
import { trustGpu } from '../support/trusted-gpu';

/* Branches of real runs, trained by the real worker on real CIFAR-10 into the real store. */

let bench: TrainerBench;
let store: Store;

beforeEach(async () => {
  await deleteDB(DATABASE_NAME);
  store = await openStore();
  bench = await opened();
});

afterEach(() => {
  bench.kill();
  store.close();
});

async function opened(backend: 'wasm' | 'webgpu' = 'wasm'): Promise<TrainerBench> {
  const next = new TrainerBench();
  next.send({ type: 'open', backend });
  await next.until('opened');
  return next;
}

const reaches = (state: string) => bench.until('status', ({ status }) => status.state === state);

/** A run of {@link SMALL} in the store, stopped after an epoch or trained to its end. */
async function trained(epochs = 3, settings = SMALL): Promise<TraceRun> {
  bench.send({ type: 'train', settings, seeds: [7], name: 'small' });
  if (epochs < 3) {
    await bench.until('epoch', ({ record }) => record.epoch === epochs);
    bench.send({ type: 'stop' });
    await bench.until('status', ({ status }) => status.detail === 'stopped');
  } else await reaches('finished');
  bench.reports.length = 0;
  return (await store.readRun((await store.listRuns())[0]!.uid))!;
}

/** Branches of a run, in the order in which they were trained. */
async function forked(uid: string, epoch: number, change: LiveChange): Promise<TraceRun[]> {
  bench.send({ type: 'fork', uid, epoch, change });
  await reaches('finished');
  const heads = await store.listRuns();
  const branches = heads.filter(({ fork }) => fork?.parent === uid);
  return Promise.all(branches.map(async (head) => (await store.readRun(head.uid))!));
}

const trainedAgain = () =>
  new Set(
    bench.reports.flatMap((report) =>
      report.type === 'status' && report.status.detail.endsWith('again')
        ? [report.status.detail]
        : [],
    ),
  );

describe('a fork', () => {
  test('without a change is its parent to the bit, wherever it branches off', async () => {
    const parent = await trained();
    expect(parent.digest).toBe(SMALL_DIGEST);
    for (const epoch of [0, 1, 2]) await expectParent(parent, epoch);
  });

  async function expectParent(parent: TraceRun, epoch: number): Promise<void> {
    bench.reports.length = 0;
    const branches = await forked(parent.uid, epoch, {});
    const [branch, ...others] = branches.filter(({ fork }) => fork!.epoch === epoch);
    expect(others).toEqual([]);
    expect(branch!.epochs.map(computed)).toEqual(parent.epochs.map(computed));
    expect(branch!.digest).toBe(SMALL_DIGEST);
    expect(branch!.fork).toEqual({
      parent: parent.uid,
      epoch,
      digest: await sharedDigest(parent, epoch),
      change: {},
    });
    expect(branch).toMatchObject({
      state: 'finished',
      name: `small, forked at ${epoch}: no change`,
      toggles: [],
    });
    // A finished run keeps no checkpoint.
    expect(trainedAgain().size).toBe(epoch);
  }

  test('without a change is its parent to the bit on WebGPU, too', async () => {
    bench.kill();
    await trustGpu(store);
    bench = await opened('webgpu');
    // Fewer operations and steps, since an emulated GPU takes long to compile and to compute.
    const ops = ['none', 'skip_connect', 'nor_conv_1x1'] as const;
    const parent = await trained(3, { ...SMALL, scale: 'c4-n1-r8-i32-b16', ops });
    expect(parent.environment).toMatchObject({ backend: 'webgpu', code: 'wgsl' });
    const [branch, ...others] = await forked(parent.uid, 1, {});
    expect(others).toEqual([]);
    expect(branch!.epochs.map(computed)).toEqual(parent.epochs.map(computed));
    expect(branch!.digest).toBe(parent.digest);
    expect(trainedAgain().size).toBe(1);
  });

  test('with a change comes first, and the branch without one is its parent', async () => {
    const parent = await trained();
    const [changed, control, ...others] = await forked(parent.uid, 1, { swap: true, l2: 0.001 });
    expect(others).toEqual([]);
    expect(control!.digest).toBe(SMALL_DIGEST);
    // L2 is so already.
    expect(changed!.fork!.change).toEqual({ swap: true });
    expect(changed!.toggles).toEqual([{ fromEpoch: 2, swap: true }]);
    expect(changed!.epochs[0]).toEqual(parent.epochs[0]);
    expect(changed!.epochs[1]!.rateAlpha / parent.epochs[1]!.rateAlpha).toBeCloseTo(250 / 3, 6);
    expect(changed!.epochs[1]!.alpha).not.toEqual(parent.epochs[1]!.alpha);
    expect(changed!.configDigest).toBe(parent.configDigest);
    // Trained from the first epoch again, the toggles alone give the same numbers.
    const request = { kind: 'stored', uids: [changed!.uid], database: DATABASE_NAME } as const;
    bench.post({ type: 'verify', source: request, epochs: 3 });
    const found = await new Promise<VerifyReport>((resolve) => {
      const look = setInterval(() => {
        const all = bench.reports as unknown as VerifyReport[];
        const end = all.find(({ type }) => type === 'verify-run' || type === 'verify-failed');
        if (end === undefined) return;
        clearInterval(look);
        resolve(end);
      }, 20);
    });
    expect(found).toMatchObject({ result: { verdict: 'equal', epochs: 3, exact: true } });
  });

  test('of a run that was stopped starts from its checkpoint, and trains to the end', async () => {
    const parent = await trained(1);
    const { length } = parent.epochs;
    const [branch] = await forked(parent.uid, length, {});
    expect(trainedAgain().size).toBe(0);
    expect(branch!.digest).toBe(SMALL_DIGEST);
  });

  test('that is cut off goes on to the same end', async () => {
    const parent = await trained();
    bench.send({ type: 'fork', uid: parent.uid, epoch: 1, change: {} });
    const { head } = await bench.until('run', ({ head }) => head.fork !== undefined);
    await bench.until('snapshot', ({ uid, epoch }) => uid === head.uid && epoch === 2);
    bench.kill();
    const cut = (await store.listRuns()).find(({ uid }) => uid === head.uid);
    expect(cut).toMatchObject({ state: 'running', resumable: true, epochCount: 1 });
    bench = await opened();
    bench.send({ type: 'continue', uid: head.uid });
    await reaches('finished');
    expect((await store.readRun(head.uid))!.digest).toBe(SMALL_DIGEST);
  });

  test('can be forked itself, and keeps what was changed before', async () => {
    const parent = await trained();
    const [changed] = await forked(parent.uid, 1, { frozen: true });
    bench.reports.length = 0;
    const [again] = await forked(changed!.uid, 2, { frozen: false });
    expect(again!.toggles).toEqual([
      { fromEpoch: 2, frozen: true },
      { fromEpoch: 3, frozen: false },
    ]);
    expect(again!.epochs.map(({ phase }) => phase)).toEqual(['joint', 'warmup', 'joint']);
    expect(again!.epochs.slice(0, 2).map(computed)).toEqual(
      changed!.epochs.slice(0, 2).map(computed),
    );
  });
});

describe('a fork is refused', () => {
  /** A run that says of itself what is not so, and is sealed. */
  async function altered(parent: TraceRun, change: Partial<TraceRun>): Promise<string> {
    const whole = { ...parent, uid: crypto.randomUUID(), ...change };
    const run = { ...whole, configDigest: await configDigest(whole) };
    await store.importRuns([{ ...run, digest: await runDigest(run) }]);
    return run.uid;
  }
  async function refusal(uid: string, epoch: number): Promise<string> {
    bench.send({ type: 'fork', uid, epoch, change: { swap: true } });
    const { message } = await bench.until('fault');
    expect((await store.listRuns()).filter(({ fork }) => fork)).toEqual([]);
    return message;
  }

  test('past the end, and of a run that is not here', async () => {
    const { uid } = await trained();
    expect(await refusal(uid, 3)).toContain('ends with epoch 3');
    bench.reports.length = 0;
    expect(await refusal(crypto.randomUUID(), 1)).toContain('There is no run');
  });

  test('where other images are, and where other hardware trained', async () => {
    const parent = await trained();
    const data = { ...parent.data, digest: 'f'.repeat(64) };
    expect(await refusal(await altered(parent, { data }), 1)).toContain('images are not those');
    bench.reports.length = 0;
    const environment = {
      ...parent.environment,
      backend: 'webgpu',
      adapter: 'a card',
      code: 'wgsl',
    } as const;
    expect(await refusal(await altered(parent, { environment }), 1)).toContain(
      'trained on webgpu (a card), and here it would be wasm',
    );
  });

  test('where its first epochs do not come out as they stand there', async () => {
    const parent = await trained();
    const epochs = parent.epochs.map((record, at) =>
      at === 0 ? { ...record, lossTrain: record.lossTrain + 1e-9 } : record,
    );
    const message = await refusal(await altered(parent, { epochs }), 1);
    expect(message).toContain('Epoch 1 came out otherwise than in the run (different, lossTrain');
  });
});
