import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { TraceError } from '../../../src/trace/error';
import { MAX_TRACE_BYTES } from '../../../src/trace/read';
import { readTraceBlob, readTraceFile } from '../../../src/trace/unpack';
import { writeTrace } from '../../../src/trace/write';
import { syntheticRun } from '../../support/synthetic-run';

/* Files that somebody might send to do harm; tests/node/trace/read.test.ts has the small ones. */

const run = await syntheticRun({ seed: 1, epochs: 2 });
const good = writeTrace([run]);

async function refusal(read: Promise<unknown>) {
  try {
    await read;
  } catch (error) {
    if (error instanceof TraceError) return { path: error.path, reason: error.reason };
    throw error;
  }
  throw new Error('It was read.');
}

const MEGABYTE = 2 ** 20;

describe('a file that is too large', () => {
  test('of 200 MB is refused before a byte of it is read', async () => {
    const piece = new Uint8Array(MEGABYTE).fill(32);
    const file = new Blob(Array<Uint8Array<ArrayBuffer>>(200).fill(piece));
    const unread = Object.assign(file, {
      arrayBuffer: () => Promise.reject(new Error('It was read.')),
    });
    expect(await refusal(readTraceBlob(unread))).toEqual({
      path: '$',
      reason: `is too large: it has ${200 * MEGABYTE} bytes, at most ${MAX_TRACE_BYTES} are read`,
    });
  });

  test('of 200 kB that unpacks to 200 MB is unpacked no further than the limit', async () => {
    const bomb = new Uint8Array(gzipSync(new Uint8Array(200 * MEGABYTE).fill(32)));
    expect(bomb.length).toBeLessThan(MEGABYTE / 4);
    expect(await refusal(readTraceFile(bomb))).toEqual({
      path: '$',
      reason: `is too large: at most ${MAX_TRACE_BYTES} bytes are unpacked`,
    });
  });

  test('by its count of runs, epochs or events is refused by the first law that it breaks', async () => {
    const runs = `{"format":"alphascope-trace","runs":[${'{},'.repeat(10_000)}{}],"version":1}`;
    const refused = await refusal(readTraceBlob(new Blob([runs])));
    expect(refused.path).toBe('$.runs');
    expect(refused.reason).toContain('at most 10000');
    const [epoch] = run.epochs;
    const epochs = Array.from({ length: 4001 }, () => epoch);
    const long = JSON.stringify({ ...JSON.parse(good), runs: [{ ...run, epochs }] });
    expect((await refusal(readTraceBlob(new Blob([long])))).path).toBe('$.runs[0].epochs');
  });
});

describe('a file that means to confuse', () => {
  test.each([
    ['a key twice', good.replace('"seed":1', '"seed":2,"seed":1'), null],
    [
      'a key twice with another value',
      good.replace('"seed":1', '"seed":1,"seed":2'),
      '$.runs[0].digest',
    ],
    ['a uid twice', writeTrace([run, run]), '$.runs[1].uid'],
    [
      'a value nested a hundred thousand levels deep',
      good.replace('"toggles":[]', `"toggles":${'['.repeat(1e5)}${']'.repeat(1e5)}`),
      '$.runs[0].toggles[0].fromEpoch',
    ],
    [
      'a prototype for an epoch',
      good.replace('"epochs":[{', '"epochs":[{"__proto__":{"lossTrain":0},'),
      '$.runs[0].epochs[0]["__proto__"]',
    ],
    [
      'a list that is an object',
      good.replace('"events":[', '"events":{"0":[').replace(/\],"name"/, ']},"name"'),
      '$.runs[0].events',
    ],
  ])('%s', async (_, text, path) => {
    expect(text).not.toBe(good);
    const read = readTraceBlob(new Blob([text]));
    // JSON takes the last of equal keys, in every reader: the digest tells whether that is the run.
    if (path === null) expect((await read).runs).toEqual([run]);
    else expect((await refusal(read)).path).toBe(path);
    expect(({} as { lossTrain?: number }).lossTrain).toBeUndefined();
  });

  test('markup in every text comes out as the same text', async () => {
    const name = '<img src=x onerror="globalThis.done = 1">';
    const { runs } = await readTraceBlob(new Blob([writeTrace([{ ...run, name }])]));
    expect(runs[0]!.name).toBe(name);
  });
});
