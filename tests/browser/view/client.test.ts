import { afterEach, describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../src/paper/regime';
import { TrainerClient, TrainerError } from '../../../src/trainer/client';
import type { Report } from '../../../src/trainer/protocol';
import { practiceTrainer } from './page';

const clients: TrainerClient[] = [];

function clientOf(...[manner, deadlines]: Parameters<typeof connect>): TrainerClient {
  const client = connect(manner, deadlines);
  clients.push(client);
  return client;
}

function connect(
  manner?: Parameters<typeof practiceTrainer>[1],
  deadlines: ConstructorParameters<typeof TrainerClient>[1] = {},
): TrainerClient {
  return new TrainerClient(() => practiceTrainer('alphascope-test-client', manner), deadlines);
}

async function failure(promise: Promise<unknown>): Promise<TrainerError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(TrainerError);
  return error as TrainerError;
}

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});

describe('a trainer that answers', () => {
  test('opens a backend and says why it is this one', async () => {
    await expect(clientOf().open('auto')).resolves.toMatchObject({
      backend: 'wasm',
      why: 'WebGPU is not available in this browser.',
    });
  });

  test('a backend that is not there rejects with the reason', async () => {
    const error = await failure(clientOf('no-webgpu').open('webgpu'));
    expect(error).toMatchObject({ kind: 'no-backend', message: 'No adapter was found.' });
  });

  test('a later estimate replaces an unanswered one', async () => {
    const client = clientOf();
    const first = failure(client.estimate(DEFAULT_SETTINGS));
    const second = client.estimate({ ...DEFAULT_SETTINGS, scale: 'paper' });
    expect((await first).kind).toBe('superseded');
    expect((await second).refusal).toContain('memory');
  });

  test('images that are no CIFAR-10 reject with the reason', async () => {
    const client = clientOf();
    const error = await failure(client.adoptImages([new File(['x'], 'data_batch_1.bin')]));
    expect(error).toMatchObject({ kind: 'data', message: 'data_batch_1.bin is not CIFAR-10.' });
    await expect(client.adoptImages([new File(['x'], 'good.bin')])).resolves.toBe(73e6);
  });

  test('reports reach every listener until it leaves', async () => {
    const client = clientOf();
    const heard: string[] = [];
    const leave = client.onReport(({ type }) => heard.push(type));
    await client.open('auto');
    leave();
    await client.estimate(DEFAULT_SETTINGS);
    expect(heard).toContain('opened');
    expect(heard).not.toContain('estimate');
  });
});

describe('a trainer that does not', () => {
  test('silence ends in a rejection, a fault and a worker that is gone', async () => {
    const client = clientOf('mute', { open: 200 });
    const faults: Report[] = [];
    client.onReport((report) => faults.push(report));
    expect((await failure(client.open('auto'))).kind).toBe('deadline');
    expect(faults).toEqual([expect.objectContaining({ type: 'fault', kind: 'worker' })]);
    expect(client.alive).toBe(false);
  });

  test('an estimate that takes too long is given up, the worker is kept', async () => {
    const client = clientOf('mute', { estimate: 200 });
    expect((await failure(client.estimate(DEFAULT_SETTINGS))).kind).toBe('deadline');
    expect(client.alive).toBe(true);
  });

  test('a script that does not load rejects what was asked', async () => {
    const client = new TrainerClient(() => new Worker('/no-such-trainer.js', { type: 'module' }));
    clients.push(client);
    expect((await failure(client.open('auto'))).kind).toBe('worker');
  });

  test('closing rejects whatever is open, and the next question starts a new worker', async () => {
    const client = clientOf();
    const asked = failure(client.open('auto'));
    client.close();
    expect((await asked).kind).toBe('worker');
    await expect(client.open('auto')).resolves.toMatchObject({ type: 'opened' });
  });
});
