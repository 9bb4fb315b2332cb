import { readFileSync } from 'node:fs';
import path from 'node:path';
import { prepareData } from '../../../scripts/prepare-data.mjs';
import {
  BATCH_COUNT,
  emptyImages,
  encodeBatch,
  TEST_BATCH,
  TRAIN_BATCHES,
} from '../../../src/data/batch';
import { imageBytes, type ImageSet } from '../../../src/data/images';
import type { UserFile } from '../../../src/data/official';
import type { PartCache } from '../../../src/data/part-cache';
import { parseManifest, readImages, testFor, readPart } from '../../../src/data/parts';
import { TRAIN_COUNT } from '../../../src/data/search-data';
import { benchmarkSplit } from '../../../src/paper/split';

export const ROOT = process.cwd();
export const FOLDER = path.join(ROOT, 'public', 'data');

/** Makes the data folder when it is missing or outdated, as every command of the app does. */
export async function packaged(): Promise<void> {
  await prepareData(ROOT, { log: () => undefined });
}

export function readPackaged(file: string): Uint8Array {
  return new Uint8Array(readFileSync(path.join(FOLDER, file)));
}

export function packagedManifest() {
  return parseManifest(new TextDecoder().decode(readPackaged('manifest.json')));
}

/** A host that reads files, and what it was asked for. */
export function fromDisk(change: (file: string, bytes: Uint8Array) => Uint8Array = (_, b) => b) {
  const asked: string[] = [];
  return {
    asked,
    fetchBytes: (file: string) => {
      asked.push(file);
      return Promise.resolve(change(file, readPackaged(file)));
    },
  };
}

/** A cache for tests of the loader; the browser's own is tested in the browser. */
export function memoryCache(): PartCache & { readonly kept: Map<string, Uint8Array> } {
  const kept = new Map<string, Uint8Array>();
  return {
    kept,
    get: (key) => Promise.resolve(kept.get(key) ?? null),
    has: (key) => Promise.resolve(kept.has(key)),
    put: (key, bytes) => Promise.resolve(void kept.set(key, bytes)),
    delete: (key) => Promise.resolve(void kept.delete(key)),
  };
}

/** All training images, put back from the two halves into the order of the batch files. */
export function trainImages(): ImageSet {
  const train = emptyImages(TRAIN_COUNT);
  const size = imageBytes(32);
  const split = benchmarkSplit();
  for (const part of packagedManifest().parts.filter(({ resolution }) => resolution === 32)) {
    const halves = readPart(part, readPackaged(part.file));
    for (const [half, numbers] of [
      [halves.weights, split.train],
      [halves.alpha, split.valid],
    ] as const) {
      for (let i = 0; i < part.count; i++) {
        const number = numbers[part.first + i]!;
        train.labels[number] = half.labels[i]!;
        train.pixels.set(half.pixels.subarray(i * size, (i + 1) * size), number * size);
      }
    }
  }
  return train;
}

export function testImages(): ImageSet {
  const file = testFor(packagedManifest(), 32);
  return readImages(file, readPackaged(file.file));
}

/** The six files of the official archive. */
export function officialFiles(): UserFile[] {
  const train = trainImages();
  const test = testImages();
  const size = imageBytes(32) * BATCH_COUNT;
  return [
    ...TRAIN_BATCHES.map(({ name }, i) => ({
      name,
      bytes: encodeBatch(
        train.labels.subarray(i * BATCH_COUNT, (i + 1) * BATCH_COUNT),
        train.pixels.subarray(i * size, (i + 1) * size),
      ),
    })),
    { name: TEST_BATCH.name, bytes: encodeBatch(test.labels, test.pixels) },
  ];
}
