import { deleteDB } from 'idb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DATABASE_NAME } from '../../src/store/change';
import { openStore, type Store } from '../../src/store/database';
import { cellKey } from '../../src/store/stored-cell';
import { without } from '../../src/trace/without';
import type { CellOrder, CellTask } from '../../src/trainer/protocol';
import { TrainerBench } from '../support/trainer-bench';

/* The real worker, training cells on real CIFAR-10 into the real store. */

const SCALE = 'c4-n1-r8-i32-b16';
const ARCH = '|skip_connect~0|+|none~0|nor_conv_1x1~1|+|none~0|none~1|skip_connect~2|';
/** A 1x1 convolution on another edge: the same network. */
const ISOMORPHIC = '|nor_conv_1x1~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|';
const OTHER = '|skip_connect~0|+|none~0|none~1|+|avg_pool_3x3~0|none~1|none~2|';

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

const order = (cells: readonly CellTask[]): CellOrder => ({
  schedule: 'short',
  scale: SCALE,
  cells,
});

async function train(...cells: readonly CellTask[]): Promise<void> {
  bench.send({ type: 'open', backend: 'wasm' });
  await bench.until('opened');
  bench.send({ type: 'train-cells', ...order(cells) });
}

const task: CellTask = { arch: ARCH, seed: 3 };

describe('training of cells', () => {
  test('stores the result of every cell, once for isomorphic ones', async () => {
    await train(task, { arch: ISOMORPHIC, seed: 3 }, { arch: OTHER, seed: 3 });
    await bench.state('finished');
    const told = bench.reports.filter((report) => report.type === 'cell');
    expect(told.map(({ task: { arch }, reused }) => [arch, reused])).toEqual([
      [ARCH, false],
      [ISOMORPHIC, true],
      [OTHER, false],
    ]);
    expect(told[1]!.result).toEqual(told[0]!.result);
    const results = await store.cells.list();
    expect(results).toEqual([told[0]!.result, told[2]!.result]);
    const [first] = results;
    expect(first).toMatchObject({ arch: ARCH, seed: 3, environment: { backend: 'wasm' } });
    expect(first!.epochs.map(({ epoch }) => epoch)).toEqual(
      Array.from({ length: 12 }, (_, at) => at + 1),
    );
    expect(first!.config).toMatchObject({ images: 64, batch: 16, schedule: 'short' });
    expect(first!.testAccuracy).toBeGreaterThan(0);
    expect(await store.cells.listProgress()).toEqual([]);
    expect(await store.listRuns()).toEqual([]);
    // Another seed is another training.
    bench.reports.length = 0;
    bench.send({ type: 'train-cells', ...order([{ arch: ARCH, seed: 4 }]) });
    await bench.state('finished');
    const again = bench.reports.find((report) => report.type === 'cell')!;
    expect(again.reused).toBe(false);
    expect(again.result.testLoss).not.toBe(first!.testLoss);
  });

  test('killed in mid-epoch, goes on from the last epoch to the same end', async () => {
    await train(task);
    await bench.state('finished');
    const [whole] = await store.cells.list();
    await store.cells.remove([whole!]);
    bench.reports.length = 0;
    bench.send({ type: 'train-cells', ...order([task]) });
    await bench.until('cell-epoch', ({ record }) => record.epoch === 2);
    // An epoch is stored before it is told, so the next one has begun.
    bench.kill();
    const [cut] = await store.cells.listProgress();
    expect(cut!.epochs.length).toBeGreaterThanOrEqual(2);
    expect(cut!.epochs.length).toBeLessThan(12);
    bench = new TrainerBench();
    // Asked for by the name of an isomorphic cell, it is still the cell that was begun.
    await train({ arch: ISOMORPHIC, seed: 3 });
    await bench.state('finished');
    const trained = bench.reports.filter((report) => report.type === 'cell-epoch');
    expect(trained[0]!.record.epoch).toBe(cut!.epochs.length + 1);
    const [resumed] = await store.cells.list();
    const computed = without(without(whole!, 'seconds'), 'createdAt');
    expect(resumed).toMatchObject(computed);
    expect(await store.cells.listProgress()).toEqual([]);
  });

  test('pauses, resumes and ends with the same numbers; stopped, it keeps its epochs', async () => {
    await train(task);
    await bench.state('finished');
    const [whole] = await store.cells.list();
    await store.cells.remove([whole!]);
    bench.reports.length = 0;
    bench.send({ type: 'train-cells', ...order([task, { arch: OTHER, seed: 3 }]) });
    await bench.until('cell-epoch');
    bench.send({ type: 'pause' });
    const paused = await bench.state('paused');
    expect(paused.cell).toEqual({ ...task, after: 1 });
    bench.reports.length = 0;
    bench.send({ type: 'resume' });
    const { result } = await bench.until('cell');
    expect(result.testLoss).toBe(whole!.testLoss);
    expect(result.epochs).toEqual(whole!.epochs);
    await bench.until('cell-epoch', ({ task: { arch } }) => arch === OTHER);
    bench.send({ type: 'stop' });
    await bench.until('status', ({ status }) => status.detail === 'stopped');
    const [left] = await store.cells.listProgress();
    expect(left).toMatchObject({ arch: OTHER, seed: 3 });
    expect(await store.cells.list()).toHaveLength(1);
  });

  test('a checkpoint of another device is not gone on with', async () => {
    await train(task);
    await bench.until('cell-epoch', ({ record }) => record.epoch === 1);
    bench.kill();
    const { configDigest } = (await store.cells.listProgress())[0]!;
    const checkpoint = (await store.cells.readCheckpoint(cellKey({ ...task, configDigest })))!;
    const environment = { ...checkpoint.environment, backend: 'webgpu' as const };
    await store.cells.putCheckpoint({ ...checkpoint, environment });
    bench = new TrainerBench();
    await train(task);
    const first = await bench.until('cell-epoch');
    expect(first.record.epoch).toBe(1);
  });

  test('trains cells of a 1Shot1 space, once for those that count as one', async () => {
    const shared = '|output~3~4|';
    const arch = `|conv3x3-bn-relu~0|+|loose|+|maxpool3x3~0~1|+|conv1x1-bn-relu~0~1|+${shared}`;
    const renumbered = `|conv3x3-bn-relu~0|+|loose|+|conv1x1-bn-relu~0~1|+|maxpool3x3~0~1|+${shared}`;
    bench.send({ type: 'open', backend: 'wasm' });
    await bench.until('opened');
    const cells = [arch, renumbered].map((one) => ({ arch: one, seed: 1 }));
    const wanted = { ...order(cells), space: 'nas-bench-1shot1-1' } as const;
    bench.send({ type: 'estimate-cells', id: 9, ...wanted });
    expect((await bench.until('estimate-cells')).estimate).toMatchObject({ refusal: null });
    bench.send({ type: 'train-cells', ...wanted });
    await bench.state('finished');
    const told = bench.reports.filter((report) => report.type === 'cell');
    expect(told.map(({ reused }) => reused)).toEqual([false, true]);
    const [stored, ...others] = await store.cells.list();
    expect(others).toEqual([]);
    expect(stored).toMatchObject({ arch, config: { space: 'nas-bench-1shot1-1' } });
    expect(stored!.epochs).toHaveLength(12);
    bench.reports.length = 0;
    // A cell of another space is none of the order.
    bench.send({ type: 'train-cells', ...wanted, cells: [task] });
    expect((await bench.until('fault')).kind).toBe('config');
  });

  test('is estimated before it starts, and refused where it does not fit or is no cell', async () => {
    bench.send({ type: 'open', backend: 'wasm' });
    const one = order([task]);
    bench.send({ type: 'estimate-cells', id: 1, ...one });
    const single = (await bench.until('estimate-cells')).estimate;
    expect(single.refusal).toBeNull();
    expect(single.seconds).toBeGreaterThan(0);
    expect(single.bytes).toBeGreaterThan(10_000 * 8 * 8 * 3);
    bench.send({ type: 'estimate-cells', id: 2, ...order([task, task, task]) });
    const three = await bench.until('estimate-cells', ({ estimate }) => estimate.id === 2);
    // The same measurement, three times.
    expect(three.estimate.seconds).toBeCloseTo(3 * single.seconds, 9);
    bench.send({ type: 'estimate-cells', id: 3, ...order([{ arch: '|nothing|', seed: 0 }]) });
    const wrong = await bench.until('estimate-cells', ({ estimate }) => estimate.id === 3);
    expect(wrong.estimate.refusal).toMatch(/Not a cell: at character 2/);
    const huge = { ...one, scale: 'c64-n8-r32-i25000-b512', cells: [{ arch: DENSE, seed: 0 }] };
    bench.send({ type: 'train-cells', ...huge });
    const fault = await bench.until('fault');
    expect(fault.kind).toBe('memory');
    bench.reports.length = 0;
    bench.send({ type: 'train-cells', ...order([{ arch: '|nothing|', seed: 0 }]) });
    expect((await bench.until('fault')).kind).toBe('config');
  });

  test('is refused while something trains, here or in another tab', async () => {
    await train(task);
    await bench.until('cell-epoch');
    bench.send({ type: 'pause' });
    await bench.state('paused');
    bench.send({ type: 'train-cells', ...order([task]) });
    expect((await bench.until('fault')).message).toMatch(/training already/);
    const second = new TrainerBench();
    second.send({ type: 'open', backend: 'wasm' });
    await second.until('opened');
    second.send({ type: 'train-cells', ...order([task]) });
    expect((await second.until('fault')).message).toBe('Cells are in training in another tab.');
    second.kill();
  });
});

const DENSE =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|';
