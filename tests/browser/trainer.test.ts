import { deleteDB } from 'idb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { armByKey } from '../../src/paper/experiment/arm';
import { armConfig } from '../../src/paper/experiment/config';
import { DATABASE_NAME } from '../../src/store/change';
import { openStore, type Store } from '../../src/store/database';
import { benchRunOf } from '../../src/trace/bench-run';
import { configDigest } from '../../src/trace/digest';
import type { Status } from '../../src/trainer/protocol';
import { SMALL, SMALL_DIGEST } from '../support/small-run';
import { TrainerBench } from '../support/trainer-bench';
import { trustGpu } from '../support/trusted-gpu';

/* The real worker, training on real CIFAR-10 into the real store. */

let bench: TrainerBench;
let store: Store;

beforeEach(async () => {
  await deleteDB(DATABASE_NAME);
  store = await openStore();
  bench = new TrainerBench();
});

afterEach(() => {
  bench.kill();
  store.close();
});

async function train(settings = SMALL, seeds: readonly number[] = [7]): Promise<void> {
  bench.send({ type: 'open', backend: 'wasm' });
  await bench.until('opened');
  bench.send({ type: 'train', settings, seeds, name: 'test' });
}

/** Until the trainer has told of this epoch. */
const epochDone = (epoch: number) => bench.until('epoch', ({ record }) => record.epoch === epoch);

const stopped = () => bench.until('status', ({ status }) => status.detail === 'stopped');

describe('the trainer', () => {
  test('stores what it reports, and its numbers are those of Node', async () => {
    await train();
    await bench.state('finished');
    const [summary] = await store.listRuns();
    expect(summary).toMatchObject({ seed: 7, state: 'finished', epochCount: 3, resumable: false });
    const run = (await store.readRun(summary!.uid))!;
    const reported = bench.reports.flatMap((r) => (r.type === 'epoch' ? [r.record] : []));
    expect(run.epochs).toEqual(reported);
    expect(run.digest).toBe(SMALL_DIGEST);
    expect(run.events.map(({ kind }) => kind)).toEqual(['started', 'finished']);
    expect(bench.reports.filter(({ type }) => type === 'fault')).toEqual([]);
  });

  test('trains an arm by rates that settings cannot say, as the command line does', async () => {
    const arm = { arm: 'alpha-.002', scale: SMALL.scale } as const;
    bench.send({ type: 'open', backend: 'wasm' });
    bench.send({ type: 'train', settings: arm, seeds: [7], name: 'alpha rate .002' });
    await epochDone(1);
    bench.send({ type: 'stop' });
    await stopped();
    const run = (await store.readRun((await store.listRuns())[0]!.uid))!;
    const config = armConfig(armByKey(arm.arm), arm.scale);
    expect(run.config).toEqual(config);
    expect(run.configDigest).toBe(await configDigest({ config, data: run.data }));
    expect(run.epochs[0]!.rateAlpha).toBe(0.002 * config.effective.scale.alphaFactor);
  });

  test('killed in mid-epoch, goes on from the last epoch to the same end', async () => {
    await train();
    await epochDone(1);
    await bench.until('snapshot', ({ epoch }) => epoch === 2);
    bench.kill();
    const [cut] = await store.listRuns();
    expect(cut).toMatchObject({ state: 'running', resumable: true });
    bench = new TrainerBench();
    bench.send({ type: 'open', backend: 'wasm' });
    bench.send({ type: 'continue', uid: cut!.uid });
    await bench.state('finished');
    const run = (await store.readRun(cut!.uid))!;
    expect(run.digest).toBe(SMALL_DIGEST);
    expect(run.events.map(({ kind }) => kind)).toEqual([
      'started',
      'interrupted',
      'resumed',
      'finished',
    ]);
  });

  test('pauses, steps once, resumes and ends with the same numbers', async () => {
    await train();
    await bench.until('snapshot');
    bench.send({ type: 'pause' });
    const paused = await bench.state('paused');
    bench.reports.length = 0;
    bench.send({ type: 'step' });
    const next = await bench.state('paused');
    const steps = (status: Status) => status.epoch * status.stepsPerEpoch + status.step;
    expect(steps(next) - steps(paused)).toBe(1);
    bench.send({ type: 'resume' });
    await bench.state('finished');
    const [summary] = await store.listRuns();
    expect((await store.readRun(summary!.uid))!.digest).toBe(SMALL_DIGEST);
  });

  test('records a change in mid-run as a toggle of the next epoch', async () => {
    await train({ ...SMALL, epochs: 4 });
    await epochDone(1);
    bench.send({ type: 'change', change: { swap: true, l2: 0.001 } });
    await bench.state('finished');
    const [summary] = await store.listRuns();
    const run = (await store.readRun(summary!.uid))!;
    expect(run.toggles).toHaveLength(1);
    const [{ fromEpoch, ...change }] = run.toggles as [(typeof run.toggles)[0]];
    // L2 was set to what is in force, so only the swap is a change.
    expect(change).toEqual({ swap: true });
    const rates = run.epochs.map(({ rateAlpha }) => rateAlpha);
    expect(rates[fromEpoch - 1]! / rates[fromEpoch - 2]!).toBeCloseTo(0.025 / 0.0003, 6);
    const event = run.events.find(({ kind }) => kind === 'toggle')!;
    expect(event.detail).toBe(`swap: false -> true, from epoch ${fromEpoch}`);
  });

  test('ends by itself after the peak of an operation, and says so', async () => {
    const stop = { rule: 'ss', operation: 'none', patience: 1 } as const;
    await train({ ...SMALL, epochs: 30, stop });
    const { epoch, epochs } = await bench.state('finished');
    const [summary] = await store.listRuns();
    expect(epochs).toBe(epoch);
    expect(epoch).toBeLessThan(30);
    expect(summary).toMatchObject({ state: 'finished', epochCount: epoch, resumable: false });
    const run = (await store.readRun(summary!.uid))!;
    expect(run.config.paper.stop).toEqual(stop);
    expect(run.deviations.map(({ key }) => key)).toContain('early-stop');
    expect(run.events.at(-1)).toMatchObject({
      kind: 'finished',
      detail: `stopped early after ${epoch} epochs; it returns joint epoch ${epoch - 1}`,
    });
    expect(benchRunOf(run)).toBeNull();
  });

  test('stops on request, keeps the records and drops the queue', async () => {
    await train({ ...SMALL, epochs: 50 }, [1, 2, 3]);
    await epochDone(1);
    expect(bench.reports.findLast(({ type }) => type === 'status')).toMatchObject({
      status: { queue: [2, 3] },
    });
    bench.send({ type: 'stop' });
    await stopped();
    const runs = await store.listRuns();
    expect(runs.map(({ state, resumable }) => [state, resumable])).toEqual([['stopped', true]]);
    expect(runs[0]!.epochCount).toBeGreaterThan(0);
  });

  test('estimates time and memory, and refuses what does not fit', async () => {
    bench.send({ type: 'open', backend: 'wasm' });
    bench.send({ type: 'estimate', id: 1, settings: SMALL });
    const { estimate } = await bench.until('estimate');
    expect(estimate.id).toBe(1);
    expect(estimate.refusal).toBeNull();
    expect(estimate.seconds).toBeGreaterThan(0);
    expect(estimate.bytes).toBeGreaterThan(100_000);
    const huge = { ...SMALL, scale: 'c64-n5-r32-i25000-b512' };
    bench.send({ type: 'estimate', id: 2, settings: huge });
    const second = await bench.until('estimate', ({ estimate: { id } }) => id === 2);
    expect(second.estimate.refusal).toMatch(/memory/);
    bench.send({ type: 'train', settings: huge, seeds: [0], name: 'too large' });
    const fault = await bench.until('fault');
    expect(fault.kind).toBe('memory');
    expect(await store.listRuns()).toEqual([]);
  });

  test('trains on a real WebGPU adapter', async () => {
    await trustGpu(store);
    bench.send({ type: 'open', backend: 'webgpu' });
    const opened = await bench.until('opened');
    expect(opened.backend).toBe('webgpu');
    // Few operations, which are soon compiled.
    const ops = ['none', 'skip_connect', 'nor_conv_1x1'] as const;
    const settings = { ...SMALL, scale: 'c2-n1-r8-i32-b16', epochs: 1, ops };
    bench.send({ type: 'train', settings, seeds: [7], name: 'webgpu' });
    await bench.state('finished');
    const [summary] = await store.listRuns();
    const run = (await store.readRun(summary!.uid))!;
    expect(run.environment.backend).toBe('webgpu');
    expect(run.epochs).toHaveLength(1);
    // The same run on the CPU: other rounding, the same training.
    bench.kill();
    bench = new TrainerBench();
    bench.send({ type: 'open', backend: 'wasm' });
    bench.send({ type: 'train', settings, seeds: [7], name: 'wasm' });
    await bench.state('finished');
    const other = (await store.readRun((await store.listRuns())[1]!.uid))!;
    expect(other.epochs[0]!.lossTrain).toBeCloseTo(run.epochs[0]!.lossTrain, 4);
    run.epochs[0]!.alpha.flat().forEach((value, i) =>
      expect(other.epochs[0]!.alpha.flat()[i]).toBeCloseTo(value, 2),
    );
  });
});
