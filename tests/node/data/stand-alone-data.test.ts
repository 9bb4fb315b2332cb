import { beforeAll, expect, test } from 'vitest';
import { digestOf, downscale } from '../../../src/data/images';
import { loadSearchData } from '../../../src/data/source';
import { loadStandAloneData } from '../../../src/data/stand-alone-data';
import { fromDisk, memoryCache, packaged, packagedManifest, testImages } from './packaged';

beforeAll(packaged, 120_000);

test('trains on both halves of a search of the size and tests on all test images', async () => {
  const size = { resolution: 8, images: 100, cache: null, ...fromDisk() } as const;
  const { train, test: tested, identity } = await loadStandAloneData(size);
  const { weights, alpha } = await loadSearchData(size);
  expect(train.count).toBe(200);
  const expected = {
    train: [weights, alpha],
    test: [downscale(testImages(), 8)],
  };
  for (const [set, parts] of [
    [train, expected.train],
    [tested, expected.test],
  ] as const) {
    for (const key of ['labels', 'pixels'] as const) {
      const whole = Buffer.concat(parts.map((part) => part[key]));
      expect(whole.equals(set[key]), key).toBe(true);
    }
  }
  expect(tested.count).toBe(10_000);
  expect(identity).toMatchObject({ name: 'CIFAR-10', resolution: 8, images: 200 });
  expect(identity.digest).toBe(await digestOf(train, tested));
  expect(identity.split).toContain('10000 test images');
});

test('keeps the test images in the cache, counts their bytes and refuses damaged ones', async () => {
  const cache = memoryCache();
  const disk = fromDisk();
  const progress: [number, number][] = [];
  const load = (onProgress?: (loaded: number, total: number) => void) =>
    loadStandAloneData({
      resolution: 8,
      images: 16,
      cache,
      fetchBytes: disk.fetchBytes,
      ...(onProgress ? { onProgress } : {}),
    });
  await load((loaded, total) => progress.push([loaded, total]));
  const { parts, tests } = packagedManifest();
  const file = tests.find(({ resolution }) => resolution === 8)!;
  const all = parts.find(({ file: name }) => name === 'r8.bin')!.bytes + file.bytes;
  expect(progress.at(-1)).toEqual([all, all]);
  expect(progress.map(([loaded]) => loaded)).toEqual(
    progress.map(([loaded]) => loaded).sort((a, b) => a - b),
  );
  const asked = disk.asked.length;
  await load();
  expect(disk.asked.slice(asked)).toEqual(['manifest.json']);

  const damaged = fromDisk((name, bytes) => (name === 'test-r8.bin' ? bytes.subarray(1) : bytes));
  const options = { resolution: 8, images: 16, cache: null, ...damaged } as const;
  await expect(loadStandAloneData(options)).rejects.toThrow(/test-r8\.bin is .* bytes, expected/);
});
