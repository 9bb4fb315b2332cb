import { deleteDB } from 'idb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DATABASE_NAME } from '../../src/store/change';
import { openStore, type Store } from '../../src/store/database';
import { DEFAULT_SETTINGS } from '../../src/paper/regime';
import type { RunEvent } from '../../src/trace/types';
import { OTHER_GPU } from '../support/other-gpu';
import { TrainerBench } from '../support/trainer-bench';
import { trustGpu } from '../support/trusted-gpu';

/* A GPU device that is destroyed under a run, though its trainer did not ask for it. */

let bench: TrainerBench;
let store: Store;

beforeEach(async () => {
  await deleteDB(DATABASE_NAME);
  store = await openStore();
  await trustGpu(store);
  bench = new TrainerBench(
    new Worker(new URL('../support/breakable-trainer.ts', import.meta.url), { type: 'module' }),
  );
});

afterEach(() => {
  bench.kill();
  store.close();
});

/** Two operations, which are soon compiled. */
const ops = ['none', 'skip_connect'] as const;
const kindsIn = ({ events }: { readonly events: readonly RunEvent[] }) =>
  events.map(({ kind }) => kind);

/** Waits until the run, or its next life, is in the middle of an epoch. */
async function midEpoch(): Promise<void> {
  bench.reports.splice(0);
  await bench.until('status', ({ status }) => status.state === 'training' && status.step > 0);
}

test('is opened again, and the run goes on from its last epoch', async () => {
  const settings = { ...DEFAULT_SETTINGS, scale: 'c2-n1-r8-i32-b16', epochs: 30, ops };
  bench.send({ type: 'open', backend: 'webgpu' });
  bench.send({ type: 'train', settings, seeds: [7], name: 'destroyed' });
  await bench.until('epoch');
  bench.post('destroy');
  const { event } = await bench.until('event', (report) => report.event.kind === 'device-lost');
  expect(event.detail).toMatch(/The GPU was lost/);
  const { status } = await bench.until(
    'status',
    ({ status }) =>
      status.state === 'preparing' && status.detail.startsWith('starting the GPU again'),
  );
  expect(status.detail).toBe('starting the GPU again (1 of 3)');
  await bench.state('finished');
  const [run] = await store.listRuns();
  expect(run).toMatchObject({ state: 'finished', epochCount: 30 });
  expect(kindsIn(run!)).toEqual(['started', 'device-lost', 'resumed', 'finished']);
  const epochs = await store.readEpochs(run!.uid);
  expect(epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 30 }, (_, at) => at + 1));
  expect(bench.reports.filter(({ type }) => type === 'fault')).toEqual([]);
});

test('is given up after three losses without an epoch in between, and the run is offered', async () => {
  // Epochs so long that none ends between two losses.
  const settings = { ...DEFAULT_SETTINGS, scale: 'c2-n1-r8-i2048-b16', epochs: 2, ops };
  bench.send({ type: 'open', backend: 'webgpu' });
  bench.send({ type: 'train', settings, seeds: [7], name: 'destroyed' });
  for (let loss = 1; loss <= 3; loss++) {
    await midEpoch();
    bench.post('destroy');
    await bench.until('gpu-lost');
    await bench.until('status', ({ status }) => status.detail.endsWith(`again (${loss} of 3)`));
  }
  await midEpoch();
  bench.post('destroy');
  const { kind, uid } = await bench.until('fault');
  await bench.state('error');
  expect(bench.reports.filter(({ type }) => type === 'gpu-lost')).toEqual([]);
  const [run] = await store.listRuns();
  expect({ kind, uid }).toEqual({ kind: 'gpu-lost', uid: run!.uid });
  expect(run).toMatchObject({ state: 'running', epochCount: 0, resumable: true });
  const lives = Array.from({ length: 3 }, () => ['device-lost', 'resumed']).flat();
  expect(kindsIn(run!)).toEqual(['started', ...lives, 'device-lost']);
});

test('is not replaced by another GPU: the run stops, and is offered', async () => {
  await trustGpu(store, OTHER_GPU);
  const settings = { ...DEFAULT_SETTINGS, scale: 'c2-n1-r8-i32-b16', epochs: 300, ops };
  bench.send({ type: 'open', backend: 'webgpu' });
  bench.send({ type: 'train', settings, seeds: [7], name: 'destroyed' });
  await bench.until('epoch');
  bench.post('replace');
  await bench.until('gpu-lost');
  const { kind, uid } = await bench.until('fault');
  await bench.state('error');
  const [run] = await store.listRuns();
  expect({ kind, uid }).toEqual({ kind: 'gpu-lost', uid: run!.uid });
  expect(run).toMatchObject({ state: 'running', resumable: true });
  expect(kindsIn(run!)).toEqual(['started', 'device-lost']);
  expect((await store.readCheckpoint(run!.uid))!.epoch).toBe(run!.epochCount);
});

test('is opened again under a cell, whose finished epochs stay', async () => {
  const arch = '|skip_connect~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|';
  const cells = [{ arch, seed: 3 }];
  bench.send({ type: 'open', backend: 'webgpu' });
  bench.send({ type: 'train-cells', schedule: 'short', scale: 'c2-n1-r8-i64-b16', cells });
  await bench.until('cell-epoch');
  bench.post('destroy');
  const { message } = await bench.until('gpu-lost');
  expect(message).toMatch(/The GPU was lost/);
  const told = bench.reports.flatMap((one) => (one.type === 'cell-epoch' ? [one.record] : []));
  const { result, reused } = await bench.until('cell');
  expect(reused).toBe(false);
  expect(result.epochs.map(({ epoch }) => epoch)).toEqual(Array.from(Array(12), (_, at) => at + 1));
  expect(result.epochs.slice(0, told.length)).toEqual(told);
  expect(await store.cells.list()).toEqual([result]);
  // Each epoch was trained once: the cell did not begin anew.
  const all = bench.reports.flatMap((one) => (one.type === 'cell-epoch' ? [one.record.epoch] : []));
  expect(all).toEqual(result.epochs.map(({ epoch }) => epoch));
  expect(bench.reports.filter(({ type }) => type === 'fault')).toEqual([]);
});
