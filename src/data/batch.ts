import { grouped, sha256 } from './bytes';
import { DataError } from './error';
import { CHANNELS, CLASSES, FULL_RESOLUTION, imageBytes, type ImageSet } from './images';

/** Images of one batch file. */
export const BATCH_COUNT = 10_000;
const IMAGE_BYTES = imageBytes(FULL_RESOLUTION);
const PLANE_BYTES = IMAGE_BYTES / CHANNELS;
/** One label, then a plane each of red, green and blue. */
const RECORD_BYTES = 1 + IMAGE_BYTES;
const BATCH_BYTES = BATCH_COUNT * RECORD_BYTES;
/** CIFAR-100 has a coarse and a fine label in front of each image. */
const CIFAR100_RECORD_BYTES = RECORD_BYTES + 1;
const CIFAR100_COUNTS = [10_000, 50_000];

export interface BatchFile {
  readonly name: string;
  readonly sha256: string;
}

/** The files of cifar-10-binary.tar.gz with the SHA-256 of their official content. */
export const TRAIN_BATCHES: readonly BatchFile[] = [
  {
    name: 'data_batch_1.bin',
    sha256: 'cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5',
  },
  {
    name: 'data_batch_2.bin',
    sha256: 'a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed',
  },
  {
    name: 'data_batch_3.bin',
    sha256: 'bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67',
  },
  {
    name: 'data_batch_4.bin',
    sha256: '014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48',
  },
  {
    name: 'data_batch_5.bin',
    sha256: '755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add',
  },
];

export const TEST_BATCH: BatchFile = {
  name: 'test_batch.bin',
  sha256: '8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b',
};

/**
 * Which of the six official batches these bytes are. The content decides; the name only serves the
 * message.
 *
 * @throws DataError with the reason and the place when they are none of them.
 */
export async function identifyBatch(name: string, bytes: Uint8Array): Promise<BatchFile> {
  checkForm(name, bytes);
  const digest = await sha256(bytes);
  const batch = [...TRAIN_BATCHES, TEST_BATCH].find((official) => official.sha256 === digest);
  if (batch) return batch;
  throw new DataError(
    `Refused: ${name} has the form of a CIFAR-10 batch but not the content of an official one: ` +
      `its SHA-256 is ${digest.slice(0, 16)}…, which is none of the six.`,
  );
}

/** @throws DataError when the bytes cannot be a CIFAR-10 batch. */
function checkForm(name: string, bytes: Uint8Array): void {
  const foreign = foreignFormat(bytes);
  if (foreign !== null) throw new DataError(`Refused: ${name} ${foreign}`);
  const length = grouped(bytes.length);
  const expected = `${grouped(BATCH_BYTES)} bytes (10,000 records of ${grouped(RECORD_BYTES)})`;
  if (bytes.length < BATCH_BYTES) {
    const record = Math.floor(bytes.length / RECORD_BYTES);
    throw new DataError(
      `Refused: ${name} is cut off: ${length} bytes, expected ${expected}; ` +
        `it ends in record ${grouped(record)}, counted from 0.`,
    );
  }
  if (bytes.length > BATCH_BYTES) {
    throw new DataError(`Refused: ${name} is too long: ${length} bytes, expected ${expected}.`);
  }
  for (let record = 0; record < BATCH_COUNT; record++) {
    const label = bytes[record * RECORD_BYTES]!;
    if (label >= CLASSES) {
      throw new DataError(
        `Refused: ${name} is not a CIFAR-10 batch: label ${label} in record ${grouped(record)} ` +
          `(byte ${grouped(record * RECORD_BYTES)}); labels are 0 to 9.`,
      );
    }
  }
}

/** Likely mix-ups, as the end of a sentence that begins with the file's name; null when none. */
function foreignFormat(bytes: Uint8Array): string | null {
  if (bytes.length === 0) return 'is empty.';
  if (CIFAR100_COUNTS.some((count) => bytes.length === count * CIFAR100_RECORD_BYTES)) {
    return (
      'is CIFAR-100, not CIFAR-10: its records are 3,074 bytes long, with two labels each. ' +
      'Take cifar-10-binary.tar.gz.'
    );
  }
  // A batch cannot be taken for one of these: its first byte is a label below 10.
  if (startsWith(bytes, [0x80]) && bytes[1]! >= 2 && bytes[1]! <= 5) {
    return 'is a pickle of the Python version. Take the binary version, cifar-10-binary.tar.gz.';
  }
  if (startsWith(bytes, ascii('MATLAB'))) {
    return 'is of the Matlab version. Take the binary version, cifar-10-binary.tar.gz.';
  }
  if (startsWith(bytes, ascii('PK'))) {
    return 'is a zip archive. Unpack it, or take cifar-10-binary.tar.gz itself.';
  }
  return null;
}

function startsWith(bytes: Uint8Array, prefix: readonly number[]): boolean {
  return prefix.every((byte, i) => bytes[i] === byte);
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

/**
 * Writes a batch's images into a set of 32x32 images, from image `first` on: the file's colour planes
 * become interleaved pixels.
 */
export function decodeBatch(bytes: Uint8Array, { labels, pixels }: ImageSet, first: number): void {
  for (let record = 0; record < BATCH_COUNT; record++) {
    labels[first + record] = bytes[record * RECORD_BYTES]!;
    let to = (first + record) * IMAGE_BYTES;
    let from = record * RECORD_BYTES + 1;
    for (const end = from + PLANE_BYTES; from < end; from++) {
      pixels[to++] = bytes[from]!;
      pixels[to++] = bytes[from + PLANE_BYTES]!;
      pixels[to++] = bytes[from + 2 * PLANE_BYTES]!;
    }
  }
}

/** A batch file from 10,000 images with interleaved pixels: what {@link decodeBatch} undoes. */
export function encodeBatch(labels: Uint8Array, pixels: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(BATCH_BYTES);
  let from = 0;
  for (let record = 0; record < BATCH_COUNT; record++) {
    bytes[record * RECORD_BYTES] = labels[record]!;
    let to = record * RECORD_BYTES + 1;
    for (const end = to + PLANE_BYTES; to < end; to++) {
      bytes[to] = pixels[from++]!;
      bytes[to + PLANE_BYTES] = pixels[from++]!;
      bytes[to + 2 * PLANE_BYTES] = pixels[from++]!;
    }
  }
  return bytes;
}

/** Room for so many 32x32 images. */
export function emptyImages(count: number): ImageSet {
  return {
    resolution: FULL_RESOLUTION,
    count,
    pixels: new Uint8Array(count * IMAGE_BYTES),
    labels: new Uint8Array(count),
  };
}
