import { deleteDB } from 'idb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DATABASE_NAME } from '../../src/store/change';
import { openStore, type Store } from '../../src/store/database';
import { DEFAULT_SETTINGS } from '../../src/paper/regime';
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

test('is opened again, and the run goes on from its last epoch', async () => {
  // Two operations, which are soon compiled.
  const ops = ['none', 'skip_connect'] as const;
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
  const kinds = run!.events.map(({ kind }) => kind);
  expect(kinds).toEqual(['started', 'device-lost', 'resumed', 'finished']);
  const epochs = await store.readEpochs(run!.uid);
  expect(epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 30 }, (_, at) => at + 1));
  expect(bench.reports.filter(({ type }) => type === 'fault')).toEqual([]);
});
