import { beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '../../src/data/bytes';
import { parseOfficial } from '../../src/data/official';
import { RandomStream } from '../../src/data/random';
import { downloadSize, loadSearchData } from '../../src/data/source';

const BASE = new URL('/data/', location.href).href;
const CACHE = 'alphascope-data';

const fetched = () =>
  performance
    .getEntriesByType('resource')
    .map(({ name }) => name)
    .filter((name) => name.includes('.bin'));

beforeEach(async () => {
  await caches.delete(CACHE);
  performance.clearResourceTimings();
});

describe('loadSearchData over HTTP and the Cache API', () => {
  test('fetches a part once, reports its bytes, and is ready without the network', async () => {
    const size = { resolution: 8, images: 2048, base: BASE } as const;
    expect(await downloadSize(size)).toBe(790_528);
    const progress: number[] = [];
    const first = await loadSearchData({
      ...size,
      onProgress: (loaded, total) => progress.push(loaded / total),
    });
    expect(progress.at(-1)).toBe(1);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(fetched()).toHaveLength(1);

    performance.clearResourceTimings();
    expect(await downloadSize(size)).toBe(0);
    const second = await loadSearchData(size);
    expect(fetched()).toEqual([]);
    expect(second.identity).toEqual(first.identity);

    const offline = await loadSearchData({
      ...size,
      fetchBytes: () => Promise.reject(new Error('offline')),
    });
    expect(offline.identity).toEqual(first.identity);
  });

  test('fetches again what was damaged in the cache', async () => {
    const size = { resolution: 8, images: 10, base: BASE } as const;
    const { identity } = await loadSearchData(size);
    const cache = await caches.open(CACHE);
    const key = (await cache.keys()).find(({ url }) => url.includes('r8.bin'))!;
    await cache.put(key, new Response('damaged'));
    expect((await loadSearchData(size)).identity).toEqual(identity);
    expect((await (await cache.match(key))!.arrayBuffer()).byteLength).toBe(790_528);
  });

  test('drops a part of an older build when the new one comes', async () => {
    const cache = await caches.open(CACHE);
    await cache.put(`${BASE}r8.bin?sha256=${'0'.repeat(64)}`, new Response('old'));
    await loadSearchData({ resolution: 8, images: 10, base: BASE });
    const kept = (await cache.keys()).filter(({ url }) => url.includes('r8.bin'));
    expect(kept).toHaveLength(1);
    expect(kept[0]!.url).not.toContain('000000');
  });

  test('shares the cache with a worker', async () => {
    const { identity } = await loadSearchData({ resolution: 8, images: 64, base: BASE });
    const worker = new Worker(new URL('./data-worker.ts', import.meta.url), { type: 'module' });
    try {
      const answer = await new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (event) => reject(new Error(event.message));
        worker.postMessage(BASE);
      });
      expect(answer).toEqual({ identity, fetched: [] });
    } finally {
      worker.terminate();
    }
  });

  test('says when there is no data folder, no server, and stops on request', async () => {
    const size = { resolution: 8, images: 10 } as const;
    await expect(
      loadSearchData({ ...size, base: new URL('/nowhere/', location.href).href }),
    ).rejects.toThrow(/a web page in place of data\/manifest\.json|HTTP status 404/);
    await expect(loadSearchData({ ...size, base: 'http://localhost:1/data/' })).rejects.toThrow(
      'data/manifest.json could not be fetched: the server cannot be reached',
    );
    const stop = new AbortController();
    const loading = loadSearchData({
      resolution: 32,
      images: 5000,
      base: BASE,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    await expect(loading).rejects.toMatchObject({ name: 'AbortError' });
    expect(await downloadSize({ resolution: 32, images: 5000, base: BASE })).toBe(30_730_000);
  });
});

test('a damaged archive is refused with the reason', async () => {
  const gzip = new Blob(['x'.repeat(5000)]).stream().pipeThrough(new CompressionStream('gzip'));
  const bytes = new Uint8Array(await new Response(gzip).arrayBuffer());
  await expect(parseOfficial([{ name: 'a.tar.gz', bytes }])).rejects.toThrow(
    'a.tar.gz is a gzip file, but no tar archive is inside',
  );
  await expect(parseOfficial([{ name: 'a.tar.gz', bytes: bytes.subarray(0, 12) }])).rejects.toThrow(
    'a.tar.gz is cut off or damaged',
  );
});

test('random numbers are those of Node, which tests/node/data/random.test.ts pins', async () => {
  const stream = RandomStream.named(3, 'init');
  expect(stream.uniform()).toBe(0.7753847239322376);
  expect(Array.from({ length: 5 }, () => stream.int(1000))).toEqual([810, 656, 791, 578, 648]);
  const normals = RandomStream.named(0, 'normals');
  const values = Float32Array.from({ length: 10_000 }, () => normals.normal());
  expect(await sha256(new Uint8Array(values.buffer))).toBe(
    '1e3bf1d338dd145fff08092b1b7908c75e03f5ebadf503365ee37228dba8be02',
  );
});
