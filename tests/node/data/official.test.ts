import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { constants, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  cacheOfficial,
  parseOfficial,
  searchDataFromTrain,
  type UserFile,
} from '../../../src/data/official';
import { downloadSize, loadSearchData } from '../../../src/data/source';
import { fromDisk, memoryCache, officialFiles, packaged, readPackaged } from './packaged';

let files: UserFile[];

beforeAll(async () => {
  await packaged();
  files = officialFiles();
}, 120_000);

const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const named = (name: string): UserFile => files.find((file) => file.name === name)!;
const refusal = async (given: UserFile[]) => {
  const error: unknown = await parseOfficial(given).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'DataError' });
  return (error as Error).message;
};

/** Looking for repetitions in images takes most of the time of packing them, and finds hardly any. */
const IMAGES = constants.Z_HUFFMAN_ONLY;

/** Packed by the system's own tar. */
function tarGz(
  contents: readonly { name: string; bytes: Uint8Array }[],
  strategy: number = constants.Z_DEFAULT_STRATEGY,
): Uint8Array {
  const folder = mkdtempSync(path.join(tmpdir(), 'alphascope-tar-'));
  try {
    for (const { name, bytes } of contents) {
      const file = path.join(folder, 'in', name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    }
    const tops = [...new Set(contents.map(({ name }) => name.split('/')[0]!))];
    execFileSync('tar', ['-cf', 'out.tar', '-C', 'in', ...tops], { cwd: folder });
    const tar = readFileSync(path.join(folder, 'out.tar'));
    return new Uint8Array(gzipSync(tar, { level: 1, strategy }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const archived = (name: string, contents: { name: string; bytes: Uint8Array }[]): UserFile => ({
  name,
  bytes: tarGz(contents),
});
const text = (content: string) => new TextEncoder().encode(content);

describe('parseOfficial', () => {
  test('reads the whole archive, and the parts made from it are the packaged ones', async () => {
    const contents = [
      ...files.map(({ name, bytes }) => ({ name: `cifar-10-batches-bin/${name}`, bytes })),
      { name: 'cifar-10-batches-bin/batches.meta.txt', bytes: text('airplane\n') },
      { name: 'cifar-10-batches-bin/readme.html', bytes: text('<html>') },
    ];
    const archive = { name: 'cifar-10-binary.tar.gz', bytes: tarGz(contents, IMAGES) };
    const official = await parseOfficial([archive]);
    expect(official.test?.count).toBe(10_000);

    const cache = memoryCache();
    const { fetchBytes } = fromDisk();
    const stored = await cacheOfficial(official, { cache, fetchBytes });
    expect(stored).toBe(6 * 30_730_000 + 790_528 + 3_149_824 + 1_930_000 + 7_690_000);
    for (const [key, bytes] of cache.kept) {
      const file = /([\w-]+\.(?:bin|json))/.exec(key)![1]!;
      expect(digest(bytes), file).toBe(digest(readPackaged(file)));
    }
    expect(await downloadSize({ resolution: 32, images: 25_000, cache, fetchBytes })).toBe(0);
  }, 180_000);

  test('reads loose files in any order, under any name, without the test batch', async () => {
    const loose = [5, 3, 1, 2, 4].map((n) => ({
      name: `Downloads (${n})`,
      bytes: named(`data_batch_${n}.bin`).bytes,
    }));
    const { train, test: testSet } = await parseOfficial([
      ...loose,
      { name: 'batches.meta.txt', bytes: text('airplane\n') },
    ]);
    expect(testSet).toBeNull();
    for (const size of [
      { resolution: 8, images: 2048 },
      { resolution: 32, images: 300 },
    ] as const) {
      const own = await searchDataFromTrain(train, size);
      const { fetchBytes } = fromDisk();
      const fetched = await loadSearchData({ ...size, cache: null, fetchBytes });
      expect(own.identity).toEqual(fetched.identity);
    }
    await expect(searchDataFromTrain(train, { resolution: 8, images: 0 })).rejects.toThrow(
      RangeError,
    );
  });

  test('names the batches that are missing', async () => {
    const message = await refusal(files.filter(({ name }) => !/_[24]\.bin$/.test(name)));
    expect(message).toContain('data_batch_2.bin, data_batch_4.bin are missing');
    expect(await refusal([])).toBe('No file was given.');
  });

  test('refuses a truncated, a long and an empty batch', async () => {
    const { name, bytes } = named('data_batch_1.bin');
    expect(await refusal([{ name, bytes: bytes.subarray(0, 3073 * 7 + 5) }])).toBe(
      'Refused: data_batch_1.bin is cut off: 21,516 bytes, ' +
        'expected 30,730,000 bytes (10,000 records of 3,073); it ends in record 7, counted from 0.',
    );
    const long = new Uint8Array(bytes.length + 1);
    long.set(bytes);
    expect(await refusal([{ name, bytes: long }])).toContain('is too long: 30,730,001 bytes');
    expect(await refusal([{ name, bytes: new Uint8Array() }])).toContain('is empty');
  });

  test('refuses a label above 9 and says where it is', async () => {
    const { name, bytes } = named('data_batch_2.bin');
    const changed = bytes.slice();
    changed[3073 * 4321] = 10;
    expect(await refusal([{ name, bytes: changed }])).toContain(
      'label 10 in record 4,321 (byte 13,278,433)',
    );
  });

  test('refuses a batch with one changed pixel', async () => {
    const { name, bytes } = named('data_batch_2.bin');
    const changed = bytes.slice();
    changed[12_345]! ^= 1;
    expect(await refusal([{ name, bytes: changed }])).toMatch(
      /data_batch_2\.bin has the form .* its SHA-256 is [0-9a-f]{16}…, which is none of the six/,
    );
  });

  test.each([
    ['train.bin', new Uint8Array(153_700_000), 'is CIFAR-100'],
    ['test.bin', new Uint8Array(30_740_000), 'is CIFAR-100'],
    ['data_batch_1', Uint8Array.of(0x80, 2, 0x7d), 'is a pickle of the Python version'],
    ['data_batch_1.mat', text('MATLAB 5.0 MAT-file'), 'is of the Matlab version'],
    ['cifar.zip', text('PK\u0003\u0004'), 'is a zip archive'],
    ['cifar-10-binary.tar.gz', text('<html>404</html>'), 'is not a gzip file'],
    ['holiday.jpg', text('\u00ff'), 'is cut off: 2 bytes'],
  ])('refuses %s', async (name, bytes, message) => {
    expect(await refusal([{ name, bytes }])).toContain(`Refused: ${name} ${message}`);
  });
});

describe('archives', () => {
  test('of another data set or version are recognised', async () => {
    const stub = text('x');
    expect(
      await refusal([archived('a.tgz', [{ name: 'cifar-100-binary/train.bin', bytes: stub }])]),
    ).toContain('a.tgz is CIFAR-100');
    expect(
      await refusal([
        archived('a.tgz', [{ name: 'cifar-10-batches-py/data_batch_1', bytes: stub }]),
      ]),
    ).toContain('a.tgz holds the Python version');
    expect(
      await refusal([
        archived('a.tgz', [{ name: 'cifar-10-batches-mat/data_batch_1.mat', bytes: stub }]),
      ]),
    ).toContain('a.tgz holds the Matlab version');
    expect(
      await refusal([archived('a.tgz', [{ name: 'holiday/one.jpg', bytes: stub }])]),
    ).toContain('holds no data_batch file. It holds holiday/one.jpg.');
  });

  test('with a short batch inside say which', async () => {
    const bytes = named('data_batch_1.bin').bytes.subarray(0, 3073);
    expect(
      await refusal([
        archived('a.tgz', [{ name: 'cifar-10-batches-bin/data_batch_1.bin', bytes }]),
      ]),
    ).toContain('cifar-10-batches-bin/data_batch_1.bin in a.tgz is cut off: 3,073 bytes');
  });

  test('cut off anywhere are refused, never read in part', async () => {
    const whole = tarGz([
      { name: 'cifar-10-batches-bin/readme.html', bytes: text('x'.repeat(3000)) },
    ]);
    for (let end = 2; end < whole.length - 8; end += 5) {
      const message = await refusal([{ name: 'a.tar.gz', bytes: whole.subarray(0, end) }]);
      expect(message).toMatch(/a\.tar\.gz is cut off|holds no data_batch file/);
    }
  });

  test('that are damaged or hold no tar are refused', async () => {
    const bytes = named('data_batch_1.bin').bytes.subarray(0, 20_000);
    expect(
      await refusal([{ name: 'a.gz', bytes: new Uint8Array(gzipSync(bytes.subarray(0, 5000))) }]),
    ).toBe('Refused: a.gz is a gzip file, but no tar archive is inside.');
    const damaged = tarGz([{ name: 'cifar-10-batches-bin/data_batch_1.bin', bytes }]);
    // The header of the first block: a kind of block that does not exist.
    damaged[10] = 0xff;
    expect(await refusal([{ name: 'a.gz', bytes: damaged }])).toContain(
      'a.gz is cut off or damaged',
    );
  });

  test('that unpack to far more than CIFAR-10 are refused before they fill the memory', async () => {
    const header = new Uint8Array(
      gzipSync(
        (() => {
          const block = new Uint8Array(512);
          block.set(text('cifar-10-batches-bin/data_batch_1.bin'));
          block.set(text('77777777777\0'), 124);
          block.set(text('ustar\0'), 257);
          block[156] = 0x30;
          block.fill(0x20, 148, 156);
          const sum = block.reduce((a, b) => a + b);
          block.set(text(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
          return block;
        })(),
      ),
    );
    expect(await refusal([{ name: 'bomb.tar.gz', bytes: header }])).toBe(
      'Refused: bomb.tar.gz unpacks to more than 200,000,000 bytes, which is more than CIFAR-10 holds.',
    );
  });
});

describe('cacheOfficial', () => {
  test('stores nothing where there is no cache, and says when it is full', async () => {
    const official = await parseOfficial(files);
    const { fetchBytes } = fromDisk();
    await expect(cacheOfficial(official, { cache: null, fetchBytes })).rejects.toThrow(
      'offers no storage',
    );
    const full = { ...memoryCache(), put: () => Promise.reject(new Error('QuotaExceededError')) };
    await expect(cacheOfficial(official, { cache: full, fetchBytes })).rejects.toThrow(
      'r8.bin could not be stored',
    );
  });
});
