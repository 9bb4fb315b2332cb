import { createHash } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { prepareData } from '../../../scripts/prepare-data.mjs';
import { TEST_BATCH, TRAIN_BATCHES } from '../../../src/data/batch';
import { downscale } from '../../../src/data/images';
import { PART_PLAN, TEST_PLAN, readPart } from '../../../src/data/parts';
import {
  FOLDER,
  officialFiles,
  packaged,
  packagedManifest,
  readPackaged,
  ROOT,
  testImages,
  trainImages,
} from './packaged';

beforeAll(packaged, 120_000);

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');

function classCounts(labels: Uint8Array): number[] {
  const counts = new Array<number>(10).fill(0);
  for (const label of labels) counts[label]! += 1;
  return counts;
}

describe('the packaged data', () => {
  test('are the official batches, bit for bit', () => {
    const files = officialFiles();
    expect(files.map(({ bytes }) => sha256(bytes))).toEqual(
      [...TRAIN_BATCHES, TEST_BATCH].map((batch) => batch.sha256),
    );
    // As published with several frameworks' downloaders.
    expect(files.map(({ bytes }) => md5(bytes))).toEqual([
      '5dd7e06a14cb22eb9f671a540d1b7c25',
      '5ea93a67294ea407fff1d09f752e9692',
      '942cd6a4bcdd0dd3c604fbe906cb4421',
      'ae636b3ba5c66a11e91e8cb52e771fcb',
      '53f37980c15c3d472c316c40844f3f0d',
      '803d5f7f4d78ea53de84dbe85f74fb6d',
    ]);
  });

  test('have 5,000 training and 1,000 test images of each class, in the known order', () => {
    const train = trainImages();
    expect(classCounts(train.labels)).toEqual(new Array(10).fill(5000));
    expect(classCounts(testImages().labels)).toEqual(new Array(10).fill(1000));
    // Frog, truck, truck, deer, ...; cat, ship, ship, airplane, ...
    expect([...train.labels.subarray(0, 10)]).toEqual([6, 9, 9, 4, 1, 1, 2, 7, 8, 3]);
    expect([...testImages().labels.subarray(0, 10)]).toEqual([3, 8, 8, 0, 6, 6, 1, 6, 3, 1]);
    expect([...train.pixels.subarray(0, 3)]).toEqual([59, 62, 63]);
  });

  test('hold smaller sizes as prefixes of the full split', () => {
    const { parts } = packagedManifest();
    const first = parts.find(({ file }) => file === 'r32-00.bin')!;
    const full = readPart(first, readPackaged(first.file));
    for (const resolution of [8, 16] as const) {
      const part = parts.find(({ file }) => file === `r${resolution}.bin`)!;
      const small = readPart(part, readPackaged(part.file));
      for (const half of ['weights', 'alpha'] as const) {
        expect(small[half].labels).toEqual(full[half].labels.subarray(0, 2048));
        const expected = downscale(full[half], resolution).pixels;
        expect(sha256(small[half].pixels)).toBe(
          sha256(expected.subarray(0, small[half].pixels.length)),
        );
      }
    }
  });

  test('need at most 4 MB for tiny and small, and fit their manifest', () => {
    const { parts, tests } = packagedManifest();
    expect(parts).toMatchObject(PART_PLAN);
    expect(tests).toMatchObject(TEST_PLAN);
    const small = parts.filter(({ resolution }) => resolution < 32);
    expect(small.map(({ file }) => file)).toEqual(['r8.bin', 'r16.bin']);
    expect(small.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(4_000_000);
    for (const { file, bytes, sha256: digest } of [...parts, ...tests]) {
      const content = readPackaged(file);
      expect([content.length, sha256(content)]).toEqual([bytes, digest]);
    }
  });
});

describe('prepareData', () => {
  test('does nothing the second time', async () => {
    const times = () =>
      readdirSync(FOLDER).map((file) => [file, statSync(path.join(FOLDER, file)).mtimeMs]);
    const before = times();
    expect(await prepareData(ROOT, { log: () => undefined })).toBe(false);
    expect(times()).toEqual(before);
  });

  test('makes all anew, the same in every byte, when a part is damaged', async () => {
    // Beside the folder, because hard links do not cross file systems.
    mkdirSync(path.join(ROOT, '.cache'), { recursive: true });
    const out = mkdtempSync(path.join(ROOT, '.cache', 'data-'));
    try {
      for (const file of readdirSync(FOLDER)) {
        if (file !== 'r8.bin') linkSync(path.join(FOLDER, file), path.join(out, file));
      }
      const damaged = readPackaged('r8.bin');
      damaged[5000]! ^= 1;
      writeFileSync(path.join(out, 'r8.bin'), damaged);
      const lines: string[] = [];
      expect(await prepareData(ROOT, { out, log: (line) => lines.push(line) })).toBe(true);
      expect(lines[0]).toContain('Preparing CIFAR-10');
      expect(readdirSync(out)).toEqual(readdirSync(FOLDER));
      for (const file of readdirSync(FOLDER)) {
        expect(sha256(readFileSync(path.join(out, file))), file).toBe(sha256(readPackaged(file)));
      }
    } finally {
      rmSync(out, { recursive: true });
    }
  }, 180_000);
});
