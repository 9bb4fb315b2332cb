import { openStore } from '../../src/store/database';
import { configFor } from '../../src/paper/experiment/config';
import {
  IDLE,
  type BenchRequest,
  type CellOrder,
  type Command,
  type ForkRequest,
  type Report,
  type Status,
  type TrainSettings,
  type VerifyReport,
  type VerifyRequest,
} from '../../src/trainer/protocol';
import { compareEpochs, EXACT } from '../../src/trace/compare';
import type { LiveChange, RunHead, Toggle } from '../../src/trace/types';
import { forkOf } from '../../src/trace/fork';
import { changeWords } from '../../src/trace/toggle';
import { without } from '../../src/trace/without';
import { readTraceBlob } from '../../src/trace/unpack';
import { cellKey } from '../../src/store/stored-cell';
import { syntheticBench } from './synthetic-bench';
import { syntheticResult } from './synthetic-result';
import { syntheticEpochs, syntheticHead } from './synthetic-run';

/*
 * A real worker that speaks the trainer's protocol and writes to the real store, but trains nothing:
 * its epochs are invented (see synthetic-run) and come fast. For tests of the page. The worker's name
 * is the database's, then a space and what should go wrong: `crash` dies in the second epoch of a new
 * run, `mute` never answers, `nan` reports a fault in the second epoch, `no-webgpu` refuses that
 * backend, `wrong-gpu` tells of a GPU that failed its self-test, `bench-fails` cannot measure, and
 * `bench-waits` measures without an end. `verify-different` finds every second run different in its
 * second epoch, and `verify-waits` never ends. `fast` takes no time for an epoch.
 */

const [database = '', ...manners] = self.name.split(' ');
const EPOCH_MILLISECONDS = manners.includes('fast') ? 1 : 60;

let status = IDLE;
let wanted: 'run' | 'pause' | 'stop' = 'run';
let pending: LiveChange = {};

const post = (report: Report): void => self.postMessage(report);
const tell = (change: Partial<Status>): void => {
  status = { ...status, ...change };
  post({ type: 'status', status });
};
const sleep = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));

self.addEventListener('message', ({ data }: MessageEvent<Command | VerifyRequest>) => {
  if (manners.includes('mute')) return;
  void (data.type === 'verify' ? verify(data) : handle(data));
});

async function handle(command: Command): Promise<void> {
  switch (command.type) {
    case 'open':
      if (command.backend === 'webgpu' && manners.includes('no-webgpu')) {
        post({ type: 'fault', kind: 'no-backend', message: 'No adapter was found.', uid: null });
        return;
      }
      post({
        type: 'opened',
        backend: 'wasm',
        adapter: 'SIMD',
        why: manners.includes('wrong-gpu')
          ? 'The self-test of the arithmetic failed on a GPU: The loss of step 1 is off by 0.5.'
          : 'WebGPU is not available in this browser.',
        code: 'simd',
        distrusted: manners.includes('wrong-gpu'),
      });
      tell(IDLE);
      return;
    case 'estimate':
      await sleep(50);
      post({
        type: 'estimate',
        estimate: {
          id: command.id,
          seconds: 90,
          stepSeconds: 0.05,
          bytes: 140e6,
          recompute: command.settings.scale === 'medium',
          download: 3e6,
          refusal: command.settings.scale === 'paper' ? 'It needs about 9 GB of memory.' : null,
          failure: null,
        },
      });
      return;
    case 'estimate-cells':
      await sleep(20);
      post({
        type: 'estimate-cells',
        estimate: {
          id: command.id,
          seconds: 60 * command.cells.length,
          bytes: 40e6,
          download: 0,
          refusal: command.scale === 'paper' ? 'It needs about 9 GB of memory.' : null,
          failure: null,
        },
      });
      return;
    case 'train-cells':
      return trainCells(command);
    case 'train':
      return train(command.settings, command.seeds, command.name);
    case 'continue':
      return resume(command.uid);
    case 'fork':
      return fork(command);
    case 'pause':
      wanted = 'pause';
      return;
    case 'resume':
      wanted = 'run';
      return;
    case 'stop':
      wanted = 'stop';
      return;
    case 'change':
      pending = { ...pending, ...command.change };
      tell({ pending });
      return;
    case 'images': {
      const wrong = command.files.find(({ name }) => name !== 'good.bin');
      const refusal = wrong === undefined ? null : `${wrong.name} is not CIFAR-10.`;
      post({ type: 'images', stored: refusal === null ? 73e6 : 0, refusal });
      return;
    }
    case 'bench':
      return measure(command);
    case 'step':
      tell({ step: status.step + 1 });
  }
}

async function measure({ backend, scale, rounds }: BenchRequest): Promise<void> {
  for (const text of ['webgpu stock: memory', 'webgpu captured: warm-up', `round 1 of ${rounds}`]) {
    post({ type: 'bench-progress', text });
    await sleep(EPOCH_MILLISECONDS);
  }
  while (manners.includes('bench-waits')) await sleep(10);
  if (manners.includes('bench-fails')) {
    post({ type: 'fault', kind: 'memory', message: 'It needs 9 GB of memory.', uid: null });
    return;
  }
  const document = syntheticBench(backend === 'wasm' ? 'wasm' : 'webgpu', scale, rounds);
  post({ type: 'bench', document, why: 'As chosen.' });
}

async function verify({ source, epochs }: VerifyRequest): Promise<void> {
  const tellPage = (report: VerifyReport): void => self.postMessage(report);
  const runs = source.kind === 'file' ? (await readTraceBlob(source.file)).runs : [];
  if (source.kind === 'stored') {
    const store = await openStore(source.database);
    for (const uid of source.uids) runs.push((await store.readRun(uid))!);
    store.close();
  }
  tellPage({
    type: 'verify-runs',
    runs: runs.map((run) => ({ ...run, epochs: run.epochs.length })),
  });
  for (const [position, run] of runs.entries()) {
    const { uid } = run;
    const different = manners.includes('verify-different') && position % 2 === 1;
    const kept = run.epochs.slice(0, epochs);
    tellPage({
      type: 'verify-start',
      uid,
      caveats: different ? ['Trained by older kernels.'] : [],
    });
    while (manners.includes('verify-waits')) await sleep(10);
    const again = kept.map((record) =>
      different && record.epoch === 2 ? { ...record, lossTrain: 1.5 } : record,
    );
    const { ops } = run.config.effective;
    const { verdict, epochs: comparisons } = compareEpochs(kept, again, ops, EXACT);
    for (const comparison of comparisons) tellPage({ type: 'verify-epoch', uid, comparison });
    const result = { verdict, epochs: kept.length, exact: true, digest: '', again: '' };
    tellPage({ type: 'verify-run', uid, result });
  }
  tellPage({ type: 'verify-end' });
}

async function train(
  settings: TrainSettings,
  seeds: readonly number[],
  name: string,
): Promise<void> {
  wanted = 'run';
  tell({ ...IDLE, state: 'preparing', detail: 'loading CIFAR-10: 1.0 of 3.0 MB', queue: seeds });
  for (const [position, seed] of seeds.entries()) {
    const config = configFor(settings);
    const head = await syntheticHead({
      seed,
      epochs: config.effective.warmup + config.effective.epochs,
      config,
      name,
      state: 'running',
      uid: crypto.randomUUID(),
      createdAt: new Date().toISOString(),
    });
    const store = await openStore(database);
    await store.createRun(head, { uid: head.uid, epoch: 0, tensors: {}, scalars: {} });
    store.close();
    post({ type: 'run', head });
    if (!(await run(head, 0, seeds.slice(position + 1)))) return;
  }
  tell({ state: 'finished', detail: 'finished', queue: [] });
}

async function trainCells({ schedule, scale, cells }: CellOrder): Promise<void> {
  wanted = 'run';
  tell({ ...IDLE, state: 'preparing', detail: 'preparing' });
  const store = await openStore(database);
  for (const [at, task] of cells.entries()) {
    const whole = await syntheticResult({ ...task, schedule, scale });
    const known = await store.cells.find(cellKey(whole));
    if (known !== null) {
      post({ type: 'cell', task, result: known, reused: true });
      continue;
    }
    const cell = { ...task, after: cells.length - at - 1 };
    const { epochs } = whole.config;
    tell({ ...IDLE, state: 'training', cell, seed: task.seed, epochs, stepsPerEpoch: 8 });
    for (const record of whole.epochs) {
      if (!(await mayGoOn())) {
        store.close();
        tell({ state: 'idle', detail: 'stopped', cell: null });
        return;
      }
      post({ type: 'cell-epoch', task, record });
      tell({
        state: 'training',
        detail: `epoch ${record.epoch} of ${epochs}`,
        epoch: record.epoch,
      });
    }
    await store.cells.put(whole);
    post({ type: 'cell', task, result: whole, reused: false });
  }
  store.close();
  tell({ state: 'finished', detail: 'finished', cell: null });
}

/** Takes an epoch's time, and waits while paused; false when it was stopped. */
async function mayGoOn(): Promise<boolean> {
  await sleep(EPOCH_MILLISECONDS);
  if (wanted === 'pause') tell({ state: 'paused', detail: 'paused' });
  while (wanted === 'pause') await sleep(10);
  return wanted !== 'stop';
}

async function resume(uid: string): Promise<void> {
  wanted = 'run';
  tell({ ...IDLE, state: 'preparing', detail: 'preparing' });
  const store = await openStore(database);
  const head = (await store.listRuns()).find((one) => one.uid === uid)!;
  const { epoch } = await store.rewindToCheckpoint(uid);
  await store.updateHead(uid, { state: 'running' });
  store.close();
  if (await run(head, epoch, [])) tell({ state: 'finished', detail: 'finished' });
}

async function fork({ uid, epoch, change }: ForkRequest): Promise<void> {
  wanted = 'run';
  tell({ ...IDLE, state: 'preparing', detail: `training epoch 1 of the ${epoch} in common again` });
  const store = await openStore(database);
  const parent = (await store.readRun(uid))!;
  const branches = await Promise.all([change, {}].map((part) => forkOf(parent, epoch, part)));
  for (const [position, branch] of branches.entries()) {
    const head: RunHead = {
      ...without(without(parent, 'digest'), 'epochs'),
      ...branch,
      uid: crypto.randomUUID(),
      name: `${parent.name}, forked at ${epoch}: ${changeWords(branch.fork.change) || 'no change'}`,
      state: 'running',
      createdAt: new Date().toISOString(),
    };
    const shared = parent.epochs.slice(0, epoch);
    await store.createFork(head, shared, { uid: head.uid, epoch, tensors: {}, scalars: {} });
    post({ type: 'run', head });
    for (const record of shared) post({ type: 'epoch', uid: head.uid, record });
    if (
      !(await run(
        head,
        epoch,
        branches.slice(position + 1).map(() => head.seed),
      ))
    )
      return;
  }
  store.close();
  tell({ state: 'finished', detail: 'finished' });
}

/** False when it was stopped or failed. */
async function run(head: RunHead, from: number, queue: readonly number[]): Promise<boolean> {
  const store = await openStore(database);
  const { warmup, epochs, swap, alpha, stepsPerEpoch } = head.config.effective;
  const total = warmup + epochs;
  let toggles: readonly Toggle[] = head.toggles;
  let live = { swap, l2: alpha.l2, frozen: false };
  tell({
    ...IDLE,
    state: 'training',
    detail: 'training',
    uid: head.uid,
    seed: head.seed,
    queue,
    epoch: from,
    epochs: total,
    stepsPerEpoch,
    stepSeconds: 0.002,
    secondsLeft: 1,
    live,
  });
  for (let epoch = from + 1; epoch <= total; epoch++) {
    if (Object.keys(pending).length > 0) {
      toggles = [...toggles, { ...pending, fromEpoch: epoch }];
      live = { ...live, ...pending };
      pending = {};
      await store.updateHead(head.uid, { toggles });
    }
    tell({ live, pending });
    await sleep(EPOCH_MILLISECONDS);
    if (from === 0 && epoch === 2 && manners.includes('crash')) {
      setTimeout(() => {
        throw new Error('the engine room is flooded');
      });
      return false;
    }
    if (epoch === from + 2 && manners.includes('nan')) {
      const message = 'The loss of epoch 2 is NaN.';
      post({ type: 'fault', kind: 'nan', message, uid: head.uid });
      await store.updateHead(head.uid, { state: 'error' });
      tell({ state: 'error', detail: message, queue: [] });
      return false;
    }
    if (wanted === 'pause') tell({ state: 'paused', detail: 'paused' });
    while (wanted === 'pause') await sleep(10);
    if (wanted === 'stop') {
      await store.updateHead(head.uid, { state: 'stopped' });
      store.close();
      tell({ state: 'idle', detail: 'stopped', queue: [] });
      return false;
    }
    const record = syntheticEpochs({ ...head, toggles }, epoch).at(-1)!;
    const checkpoint = { uid: head.uid, epoch, tensors: {}, scalars: {} };
    const at = new Date().toISOString();
    const event = { kind: 'finished', epoch, at, detail: `after ${epoch} epochs` } as const;
    const end = epoch === total ? { state: 'finished' as const, addEvents: [event] } : {};
    await store.appendEpoch(head.uid, record, checkpoint, end);
    post({ type: 'epoch', uid: head.uid, record });
    if (epoch === total) post({ type: 'event', uid: head.uid, event });
    tell({ state: 'training', epoch });
  }
  store.close();
  return true;
}
