import { deleteDB } from 'idb';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DATABASE_NAME } from '../../src/store/change';
import { openStore } from '../../src/store/database';
import { spawnTrainer, TrainerClient, TrainerError } from '../../src/trainer/client';
import type { Command, Report } from '../../src/trainer/protocol';
import { SMALL, SMALL_DIGEST } from '../support/small-run';
import { trustGpu } from '../support/trusted-gpu';

/* The real benchmark in the real worker, on a net as small as can be. */

const TINIEST = 'c2-n1-r8-i16-b4';

beforeEach(() => deleteDB(DATABASE_NAME));
let workers: Worker[] = [];
afterEach(() => {
  for (const worker of workers) worker.terminate();
  workers = [];
});

function spawn(): Worker {
  const worker = spawnTrainer();
  workers.push(worker);
  return worker;
}

test('measures stock and ours on wasm, and tells all that the numbers depend on', async () => {
  const progress: string[] = [];
  const client = new TrainerClient(spawn);
  const { document, why } = await client.bench(
    { backend: 'wasm', scale: TINIEST, rounds: 2 },
    (text) => progress.push(text),
    new AbortController().signal,
  );
  const { results, ratios } = document;
  expect(results.map(({ backend, way }) => [backend, way])).toEqual([
    ['wasm', 'stock'],
    ['wasm', 'eager'],
  ]);
  for (const result of results) {
    expect(result.stepMs).toBeGreaterThan(0);
    expect(result.hostMs).toBeGreaterThan(0);
    expect(result.stepMs).toBeGreaterThanOrEqual(result.fastestStepMs);
    expect(result.dispatches).toBeNull();
  }
  const [stock, ours] = results;
  expect(stock!.stepMs).toBeGreaterThan(ours!.stepMs);
  expect(stock!.tensors).toBeGreaterThan(ours!.tensors);
  expect(ratios[0]!.step).toBeCloseTo(stock!.stepMs / ours!.stepMs, 9);
  expect(document).toMatchObject({
    build: __BUILD__,
    machine: { browser: navigator.userAgent, cores: navigator.hardwareConcurrency },
    adapters: [{ backend: 'wasm', adapter: 'WebAssembly SIMD, one thread', code: 'simd' }],
    scale: { channels: 2, cells: 1, resolution: 8, batch: 4 },
    rounds: 2,
  });
  expect(Math.abs(Date.now() - Date.parse(document.date))).toBeLessThan(60_000);
  expect(why).toBe('WebAssembly, as chosen.');
  expect(progress).toContain('round 2 of 2');
  // What it needs it does not keep: a worker of its own has ended with it.
  expect(client.alive).toBe(false);
});

// A software adapter takes seconds for a step of stock TensorFlow.js.
test('counts what the GPU is asked to do', { timeout: 300_000 }, async () => {
  const store = await openStore();
  await trustGpu(store);
  store.close();
  const client = new TrainerClient(spawn);
  const { document } = await client.bench(
    { backend: 'webgpu', scale: TINIEST, rounds: 1 },
    () => undefined,
    new AbortController().signal,
  );
  const [stock, eager, captured] = document.results;
  expect(document.results.map(({ way }) => way)).toEqual(['stock', 'eager', 'captured']);
  expect(captured!.dispatches).toBe(eager!.dispatches);
  expect(captured!.dispatches!).toBeGreaterThan(0);
  expect(stock!.dispatches! / captured!.dispatches!).toBeGreaterThan(8);
  expect(captured!.hostMs).toBeLessThan(stock!.hostMs);
  for (const { gpuBytes, tensorBytes } of document.results) {
    expect(gpuBytes!).toBeGreaterThan(0);
    expect(tensorBytes).toBeGreaterThan(0);
  }
});

test('leaves nothing behind: the same worker trains the same numbers afterwards', async () => {
  const worker = spawn();
  const reports: Report[] = [];
  let wake: () => void = () => undefined;
  worker.addEventListener('message', ({ data }: MessageEvent<Report>) => {
    reports.push(data);
    wake();
  });
  const until = async (fits: (report: Report) => boolean): Promise<void> => {
    while (!reports.some(fits)) await new Promise<void>((resolve) => (wake = resolve));
  };
  const send = (command: Command) => worker.postMessage(command);
  send({ type: 'open', backend: 'wasm' });
  await until(({ type }) => type === 'opened');
  expect(reports.find(({ type }) => type === 'opened')).toMatchObject({
    backend: 'wasm',
    code: 'simd',
    distrusted: false,
  });
  send({ type: 'bench', backend: 'wasm', scale: TINIEST, rounds: 1 });
  // One at a time: a run beside it is refused.
  send({ type: 'train', settings: SMALL, seeds: [7], name: 'too early' });
  await until(({ type }) => type === 'fault');
  await until(({ type }) => type === 'bench');
  send({ type: 'train', settings: SMALL, seeds: [7], name: 'afterwards' });
  await until((report) => report.type === 'status' && report.status.state === 'finished');
  const store = await openStore();
  const [summary] = await store.listRuns();
  const run = await store.readRun(summary!.uid);
  store.close();
  expect(run!.name).toBe('afterwards');
  expect(run!.digest).toBe(SMALL_DIGEST);
});

test('refuses what does not fit, and ends at once when it is stopped', async () => {
  const client = new TrainerClient(spawn);
  const failure = async (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => null,
      (error: unknown) => error,
    );
  const huge = { backend: 'wasm', scale: 'c64-n8-r32-i25000-b512', rounds: 1 } as const;
  const refused = await failure(client.bench(huge, () => undefined, new AbortController().signal));
  expect(refused).toBeInstanceOf(TrainerError);
  expect(refused).toMatchObject({ kind: 'memory' });

  const abort = new AbortController();
  const stopped = failure(
    client.bench(
      { backend: 'wasm', scale: 'small', rounds: 100 },
      (text) => {
        if (text.startsWith('wasm')) abort.abort();
      },
      abort.signal,
    ),
  );
  expect(await stopped).toMatchObject({ kind: 'superseded' });
});
