import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadSearchData } from '../../../src/data/source';
import { openDevice } from '../../../src/engine/device';
import { deviations } from '../../../src/paper/deviations';
import { resolveConfig } from '../../../src/paper/resolve';
import { configDigest, runDigest } from '../../../src/trace/digest';
import type { Toggle, TraceRun } from '../../../src/trace/types';
import { writeTrace } from '../../../src/trace/write';
import { runSmall, SMALL } from '../../support/small-run';
import { syntheticUid } from '../../support/synthetic-run';
import { fromDisk, packaged } from '../data/packaged';
import { bundled, type Ended } from './command';

const folder = mkdtempSync(path.join(tmpdir(), 'alphascope-'));
let verify: Awaited<ReturnType<typeof bundled>>;
let plain: TraceRun;
let toggled: TraceRun;

/** A real run of three epochs on wasm. */
async function train(toggles: readonly Toggle[]): Promise<TraceRun> {
  const data = await loadSearchData({ resolution: 8, images: 64, cache: null, ...fromDisk() });
  const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  const device = await openDevice('wasm', path.dirname(wasm) + path.sep);
  const { records, digest } = await runSmall(device, data, { toggles });
  const config = resolveConfig(SMALL);
  return {
    uid: syntheticUid(toggles.length),
    name: 'baseline',
    seed: 7,
    createdAt: '2026-01-01T12:00:00.000Z',
    state: 'finished',
    config,
    configDigest: await configDigest({ config, data: data.identity }),
    deviations: deviations(config),
    environment: {
      build: 'test',
      backend: 'wasm',
      adapter: device.adapter,
      code: device.code,
    },
    data: data.identity,
    toggles,
    events: [],
    epochs: records,
    digest,
  };
}

/** Writes a run with digests that fit what it says, and verifies it. */
async function check(run: TraceRun, ...flags: string[]): Promise<Ended> {
  const file = path.join(folder, 'trace.json');
  const sealed = { ...run, configDigest: await configDigest(run), digest: await runDigest(run) };
  writeFileSync(file, writeTrace([sealed]));
  return verify([file, ...flags]);
}

/** The run with a change in its second epoch. */
function changed(change: Partial<TraceRun['epochs'][number]>): TraceRun {
  return { ...plain, epochs: plain.epochs.with(1, { ...plain.epochs[1]!, ...change }) };
}

beforeAll(async () => {
  await packaged();
  verify = await bundled('verify');
  plain = await train([]);
  toggled = await train([{ fromEpoch: 2, swap: true }]);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

describe('an untouched trace', () => {
  test('is equal to the bit', async () => {
    const { status, stdout, stderr } = await check(plain, '--epochs', '3');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(`${plain.digest} in the trace, ${plain.digest} here`);
    expect(stdout.trim().split('\n').at(-1)).toBe('baseline, seed 7: equal to the bit');
  }, 30_000);

  test('may be packed', async () => {
    const file = path.join(folder, 'trace.json.gz');
    writeFileSync(file, gzipSync(writeTrace([plain])));
    const { status, stdout } = await verify([file, '--epochs', '1']);
    expect(status).toBe(0);
    expect(stdout.trim().split('\n').at(-1)).toBe('baseline, seed 7: equal to the bit');
  }, 30_000);

  test('is trained again with its changes in mid-run', async () => {
    const { status, stdout } = await check(toggled, '--epochs', '3');
    expect(status).toBe(0);
    expect(stdout).toContain('epoch 3: equal to the bit');
    expect(toggled.digest).not.toBe(plain.digest);
  }, 30_000);
});

describe('a trace that was changed by hand and given new digests', () => {
  test('is different, and it says where', async () => {
    const alpha = plain.epochs[1]!.alpha.map((row) => [...row]);
    const value = alpha[2]![3]! + 1e-7;
    const before = alpha[2]![3]!;
    alpha[2]![3] = value;
    const { status, stdout } = await check(changed({ alpha }));
    expect(status).toBe(1);
    expect(stdout).toContain('epoch 1: equal to the bit');
    expect(stdout).toContain(
      `epoch 2: different, alpha of edge 2<-1, nor_conv_3x3: ${value} in the trace, ${before} here`,
    );
  }, 30_000);

  test('is within a tolerance that is wide enough', async () => {
    const lossTrain = plain.epochs[1]!.lossTrain * (1 + 1e-5);
    const run = changed({ lossTrain });
    expect((await check(run)).status).toBe(1);
    const { status, stdout } = await check(run, '--tolerance', '1e-4');
    expect(status).toBe(0);
    expect(stdout).toContain('epoch 2: within the tolerance, at most lossTrain');
  }, 30_000);

  test('passes as far as it is untouched', async () => {
    expect((await check(changed({ lossTrain: 1 }), '--epochs', '1')).status).toBe(0);
  }, 30_000);
});

describe('what cannot be verified ends with status 2', () => {
  test('a trace whose digest does not fit', async () => {
    const file = path.join(folder, 'broken.json');
    writeFileSync(file, writeTrace([changed({ lossTrain: 1 })]));
    const { status, stderr } = await verify([file]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^TRACE: .*a number was changed after training/);
  });

  test('a trace of other images', async () => {
    const data = { ...plain.data, digest: 'a'.repeat(64) };
    const { status, stderr } = await check({ ...plain, data });
    expect(status).toBe(2);
    expect(stderr).toContain('other images');
  });

  test('a run without epochs', async () => {
    const { status, stderr } = await check({ ...plain, epochs: [] });
    expect(status).toBe(2);
    expect(stderr).toContain('no epochs');
  });

  test.each([
    ['TRACE', []],
    ['TRACE', ['/nowhere/trace.json']],
    ['--epochs', ['x.json', '--epochs', '0']],
    ['--tolerance', ['x.json', '--tolerance', 'much']],
    ['--backend', ['x.json', '--backend', 'cuda']],
    ['--seeds', ['x.json', '--seeds', 'all']],
    ['"y.json"', ['x.json', 'y.json']],
  ])('%s: %j', async (named, flags) => {
    const { status, stdout, stderr } = await verify(flags);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain(named);
  });
});
