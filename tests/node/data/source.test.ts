import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Resolution } from '../../../src/data/images';
import { parseManifest, partsFor } from '../../../src/data/parts';
import { searchDataFromTrain } from '../../../src/data/official';
import { downloadSize, loadSearchData } from '../../../src/data/source';
import {
  fromDisk,
  memoryCache,
  packaged,
  packagedManifest,
  readPackaged,
  trainImages,
} from './packaged';

beforeAll(packaged, 120_000);

const load = (resolution: Resolution, images: number, disk = fromDisk(), cache = memoryCache()) =>
  loadSearchData({ resolution, images, cache, fetchBytes: disk.fetchBytes });

describe('loadSearchData', () => {
  test.each([
    [8, 2048, ['r8.bin']],
    [16, 100, ['r16.bin']],
    [16, 2049, ['r32-00.bin']],
    [32, 1, ['r32-00.bin']],
    [32, 5000, ['r32-00.bin']],
    [8, 5001, ['r32-00.bin', 'r32-01.bin']],
  ] as const)('at %i with %i images reads %j', async (resolution, images, files) => {
    const disk = fromDisk();
    const { weights, alpha, identity } = await load(resolution, images, disk);
    expect(disk.asked).toEqual(['manifest.json', ...files]);
    for (const half of [weights, alpha]) {
      expect(half).toMatchObject({ resolution, count: images });
      expect(half.pixels).toHaveLength(images * resolution ** 2 * 3);
      expect(half.labels).toHaveLength(images);
    }
    expect(identity).toMatchObject({ name: 'CIFAR-10', resolution, images });
  });

  test('gives what the split of the original images gives, at every resolution', async () => {
    const train = trainImages();
    for (const [resolution, images] of [
      [8, 2048],
      [8, 2049],
      [16, 7],
      [16, 5001],
      [32, 6000],
    ] as const) {
      const { identity } = await load(resolution, images);
      expect(identity).toEqual((await searchDataFromTrain(train, { resolution, images })).identity);
    }
  });

  test('identifies tiny by the digest of its part', async () => {
    const { identity } = await load(8, 2048);
    expect(identity.digest).toBe(createHash('sha256').update(readPackaged('r8.bin')).digest('hex'));
  });

  test('serves all 25,000 images of each half', async () => {
    const { weights, alpha } = await load(32, 25_000);
    expect([weights.count, alpha.count]).toEqual([25_000, 25_000]);
    const counts = new Uint32Array(10);
    for (const label of [...weights.labels, ...alpha.labels]) counts[label]! += 1;
    expect([...counts]).toEqual(new Array(10).fill(5000));
  });

  test('keeps verified parts and asks for them no more', async () => {
    const cache = memoryCache();
    await load(8, 10, fromDisk(), cache);
    const again = fromDisk();
    await load(8, 2048, again, cache);
    expect(again.asked).toEqual(['manifest.json']);
  });

  test('works from the cache alone when nothing can be fetched', async () => {
    const cache = memoryCache();
    const { identity } = await load(8, 10, fromDisk(), cache);
    const offline = {
      asked: [],
      fetchBytes: () => Promise.reject(new Error('offline')),
    };
    expect((await load(8, 10, offline, cache)).identity).toEqual(identity);
    await expect(load(16, 10, offline, cache)).rejects.toThrow('offline');
    await expect(load(8, 10, offline, memoryCache())).rejects.toThrow('offline');
  });

  test('fetches a part again when the kept one is damaged', async () => {
    const cache = memoryCache();
    await load(8, 10, fromDisk(), cache);
    const key = [...cache.kept.keys()].find((name) => name.includes('r8.bin'))!;
    cache.kept.set(key, cache.kept.get(key)!.slice(1));
    const again = fromDisk();
    await load(8, 10, again, cache);
    expect(again.asked).toEqual(['manifest.json', 'r8.bin']);
    expect(cache.kept.get(key)).toHaveLength(790_528);
  });

  test('trains on when the cache is full', async () => {
    const cache = { ...memoryCache(), put: () => Promise.reject(new Error('QuotaExceededError')) };
    const { fetchBytes } = fromDisk();
    const data = await loadSearchData({ resolution: 8, images: 5, cache, fetchBytes });
    expect(data.weights.count).toBe(5);
  });

  test('reports bytes up to the total', async () => {
    const seen: [number, number][] = [];
    await loadSearchData({
      resolution: 32,
      images: 10_000,
      cache: null,
      fetchBytes: (file, onBytes) => {
        const bytes = readPackaged(file);
        onBytes?.(bytes.length / 2);
        return Promise.resolve(bytes);
      },
      onProgress: (loaded, total) => seen.push([loaded, total]),
    });
    const part = 30_730_000;
    expect(seen).toEqual([0.5, 1, 1.5, 2].map((n) => [n * part, 2 * part]));
  });

  test('refuses a truncated, a long and an altered part, and keeps none of them', async () => {
    for (const [change, message] of [
      [(bytes: Uint8Array) => bytes.subarray(0, 12), 'part r8.bin is 12 bytes, expected 790,528'],
      [() => new Uint8Array(790_529), 'part r8.bin is 790,529 bytes, expected 790,528'],
      [(bytes: Uint8Array) => bytes.fill(3, 9, 10), 'part r8.bin has the wrong content'],
    ] as const) {
      const cache = memoryCache();
      const disk = fromDisk((file, bytes) => (file === 'r8.bin' ? change(bytes) : bytes));
      await expect(load(8, 10, disk, cache)).rejects.toMatchObject({
        name: 'DataError',
        message: expect.stringContaining(`Refused: ${message}`) as string,
      });
      expect([...cache.kept.keys()]).toEqual(['data/manifest.json']);
    }
  });

  test.each<[Resolution, number, string]>([
    [8, 0, 'whole number in 1..25,000, not 0'],
    [8, 25_001, 'not 25001'],
    [8, 1.5, 'not 1.5'],
    [24 as Resolution, 10, 'must be 8, 16 or 32, not 24'],
  ])('refuses resolution %i with %d images', async (resolution, images, message) => {
    await expect(load(resolution, images)).rejects.toThrow(message);
  });
});

describe('downloadSize', () => {
  test('counts the parts that are not kept', async () => {
    const cache = memoryCache();
    const size = (resolution: Resolution, images: number) =>
      downloadSize({ resolution, images, cache, fetchBytes: fromDisk().fetchBytes });
    expect(await size(8, 2048)).toBe(790_528);
    expect(await size(16, 2048)).toBe(3_149_824);
    expect(await size(32, 5001)).toBe(2 * 30_730_000);
    await load(8, 5, fromDisk(), cache);
    await load(32, 5, fromDisk(), cache);
    expect(await size(8, 2048)).toBe(0);
    expect(await size(32, 5001)).toBe(30_730_000);
  });
});

describe('parseManifest', () => {
  test.each([
    ['<!doctype html>', 'the server sent a web page'],
    ['{', 'is not JSON'],
    ['{}', 'manifest.json, at format'],
  ])('refuses %j', (text, message) => {
    expect(() => parseManifest(text)).toThrow(message);
  });

  test('refuses a part that is no plain file name', () => {
    const manifest = packagedManifest();
    manifest.parts[0]!.file = '../r8.bin';
    expect(() => parseManifest(JSON.stringify(manifest))).toThrow('at parts.0.file');
  });
});

test('partsFor says so when parts are missing', () => {
  const manifest = packagedManifest();
  manifest.parts = manifest.parts.filter(({ file }) => file !== 'r32-01.bin');
  expect(() => partsFor(manifest, { resolution: 32, images: 10_001 })).toThrow(
    'do not hold 10,001 images of each half at 32x32',
  );
  expect(partsFor(manifest, { resolution: 32, images: 5000 })).toHaveLength(1);
});
