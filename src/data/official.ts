import {
  BATCH_COUNT,
  decodeBatch,
  emptyImages,
  identifyBatch,
  TEST_BATCH,
  TRAIN_BATCHES,
} from './batch';
import { DataError } from './error';
import type { ImageSet } from './images';
import { makePart, makeTest, type Part } from './parts';
import { identified, splitHalves, TRAIN_COUNT, checkSize } from './search-data';
import type { DataSize, SearchData } from './search-data';
import { openSource, verify, type SourceOptions } from './source';
import { filesOfTarGz } from './tar';

/** The official archive unpacks to 184,380,000 bytes of batches and a few thousand more. */
const UNPACKED_LIMIT = 200_000_000;
const BATCH_NAME = /(?:^|\/)(?:data_batch_[1-5]|test_batch)\.bin$/;
/** They come with the batches and hold no images. */
const COMPANIONS = /(?:^|\/)(?:batches\.meta\.txt|readme\.html)$/;

/** A file that the visitor chose. */
export interface UserFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** CIFAR-10 as published: 32x32, in the order of the batch files. */
export interface OfficialData {
  /** 50,000 images. */
  readonly train: ImageSet;
  /** 10,000 images; null when test_batch.bin was not among the files. */
  readonly test: ImageSet | null;
}

/**
 * Reads `cifar-10-binary.tar.gz`, or its five `data_batch_*.bin` files in any order and under any
 * name, with or without `test_batch.bin`. Every batch must have its official digest.
 *
 * @throws DataError naming the file, what is wrong with it and where, or which batches are missing.
 */
export async function parseOfficial(files: readonly UserFile[]): Promise<OfficialData> {
  if (files.length === 0) throw new DataError('No file was given.');
  const train = emptyImages(TRAIN_COUNT);
  let test: ImageSet | null = null;
  const seen = new Set<string>();

  for await (const { name, bytes } of batchesIn(files)) {
    const batch = await identifyBatch(name, bytes);
    seen.add(batch.name);
    if (batch === TEST_BATCH) {
      test = emptyImages(BATCH_COUNT);
      decodeBatch(bytes, test, 0);
    } else {
      decodeBatch(bytes, train, TRAIN_BATCHES.indexOf(batch) * BATCH_COUNT);
    }
  }

  const missing = TRAIN_BATCHES.filter((batch) => !seen.has(batch.name)).map(({ name }) => name);
  if (missing.length > 0) {
    throw new DataError(
      `Not complete: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing. ` +
        'Choose all five data_batch files together, or cifar-10-binary.tar.gz.',
    );
  }
  return { train, test };
}

async function* batchesIn(files: readonly UserFile[]): AsyncGenerator<UserFile> {
  for (const file of files) {
    if (file.bytes[0] === 0x1f && file.bytes[1] === 0x8b) {
      yield* batchesInArchive(file);
    } else if (/\.(?:tgz|gz)$/.test(file.name)) {
      throw new DataError(
        `Refused: ${file.name} is not a gzip file, whatever its name says: ` +
          'it does not begin with the bytes 1f 8b.',
      );
    } else if (!COMPANIONS.test(file.name)) {
      yield file;
    }
  }
}

async function* batchesInArchive({ name: archive, bytes }: UserFile): AsyncGenerator<UserFile> {
  const others: string[] = [];
  let batches = 0;
  for await (const file of filesOfTarGz(archive, bytes, UNPACKED_LIMIT)) {
    if (BATCH_NAME.test(file.name)) {
      batches++;
      yield { name: `${file.name} in ${archive}`, bytes: await file.read() };
    } else {
      others.push(file.name);
    }
  }
  if (batches === 0) throw new DataError(`Refused: ${archive} ${foreignArchive(others)}`);
}

/** Why an archive without batches is the wrong one. */
function foreignArchive(names: readonly string[]): string {
  if (names.some((name) => name.includes('cifar-100'))) {
    return 'is CIFAR-100, not CIFAR-10. Take cifar-10-binary.tar.gz.';
  }
  const other = names.find((name) => /(?:^|\/)data_batch_1(?:\.mat)?$/.test(name));
  if (other !== undefined) {
    const version = other.endsWith('.mat') ? 'Matlab' : 'Python';
    return `holds the ${version} version. Take the binary version, cifar-10-binary.tar.gz.`;
  }
  const found = names.length === 0 ? 'no file at all' : names.slice(0, 3).join(', ');
  return `holds no data_batch file. It holds ${found}${names.length > 3 ? ' and more' : ''}.`;
}

/**
 * The same search data as the packaged parts give, byte for byte.
 *
 * @throws RangeError when CIFAR-10 cannot serve the size.
 */
export async function searchDataFromTrain(train: ImageSet, size: DataSize): Promise<SearchData> {
  checkSize(size);
  const { weights, alpha } = splitHalves(train, size.resolution, 0, size.images);
  return identified(weights, alpha);
}

/**
 * Puts a visitor's own copy where downloaded parts are kept, under the same names and with the same
 * digests, so that no later run downloads anything.
 *
 * @returns bytes stored.
 * @throws DataError when there is no cache, it is full, or this build's parts are other than these.
 */
export async function cacheOfficial(
  { train, test }: OfficialData,
  options: SourceOptions,
): Promise<number> {
  const source = await openSource(options);
  const { cache, manifest } = source;
  if (!cache) throw new DataError('This browser offers no storage for data files.');
  let stored = 0;
  const keep = async (part: Pick<Part, 'file' | 'bytes' | 'sha256'>, bytes: Uint8Array) => {
    await verify(part, bytes);
    try {
      await cache.put(source.keyOf(part), bytes);
    } catch {
      throw new DataError(
        `${part.file} could not be stored: the browser's storage for this page is full.`,
      );
    }
    stored += bytes.length;
  };
  for (const part of manifest.parts) await keep(part, makePart(train, part));
  for (const file of test ? manifest.tests : []) {
    await keep(file, makeTest(test!, file.resolution));
  }
  return stored;
}
