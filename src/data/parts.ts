import * as v from 'valibot';
import { concat, grouped } from './bytes';
import { DataError } from './error';
import { downscale, imageBytes, type ImageSet, type Resolution } from './images';
import { HALF_COUNT, splitHalves, type DataSize } from './search-data';

const BlobSchema = {
  /** File name beside the manifest. */
  file: v.pipe(v.string(), v.regex(/^[a-z0-9-]+\.bin$/)),
  bytes: v.pipe(v.number(), v.integer(), v.minValue(1)),
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
  resolution: v.picklist([8, 16, 32]),
  /** Images of each half; of the test set, images. */
  count: v.pipe(v.number(), v.integer(), v.minValue(1)),
};

const PartSchema = v.strictObject({
  ...BlobSchema,
  /** Position in each half of the part's first image. */
  first: v.pipe(v.number(), v.integer(), v.minValue(0)),
});

/** Labels of all test images [count], then their pixels [count, H, W, 3]; one byte each. */
const TestSchema = v.strictObject(BlobSchema);

const ManifestSchema = v.strictObject({
  format: v.literal('alphascope-data'),
  version: v.literal(2),
  name: v.string(),
  split: v.string(),
  /** What the parts were made with: of use to the build alone. */
  recipe: v.string(),
  parts: v.array(PartSchema),
  /** The test images, a file for each resolution. */
  tests: v.array(TestSchema),
});

/**
 * A file with images first..first+count-1 of both halves, laid out as their digest reads them: the
 * weights half's labels [count], its pixels [count, H, W, 3], the alpha half's labels, its pixels;
 * one byte each.
 */
export type Part = v.InferOutput<typeof PartSchema>;
export type TestFile = v.InferOutput<typeof TestSchema>;
export type Manifest = v.InferOutput<typeof ManifestSchema>;

/** The parts that a build holds. */
export const PART_PLAN: readonly Pick<Part, 'file' | 'resolution' | 'first' | 'count'>[] = [
  { file: 'r8.bin', resolution: 8, first: 0, count: 2048 },
  { file: 'r16.bin', resolution: 16, first: 0, count: 2048 },
  ...Array.from({ length: 5 }, (_, i) => ({
    file: `r32-0${i}.bin`,
    resolution: 32 as const,
    first: i * (HALF_COUNT / 5),
    count: HALF_COUNT / 5,
  })),
];

/** The files of test images that a build holds: nobody loads 30 MB to test a cell at 8x8. */
export const TEST_PLAN: readonly Pick<TestFile, 'file' | 'resolution'>[] = [
  { file: 'test-r8.bin', resolution: 8 },
  { file: 'test-r16.bin', resolution: 16 },
  { file: 'test-r32.bin', resolution: 32 },
];

/** @throws DataError saying where the text is not a manifest. */
export function parseManifest(text: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new DataError(
      /^\s*</.test(text)
        ? 'Refused: the server sent a web page in place of data/manifest.json.'
        : 'Refused: data/manifest.json is not JSON.',
    );
  }
  const result = v.safeParse(ManifestSchema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  throw new DataError(
    `Refused: data/manifest.json${path === null ? '' : `, at ${path}`}: ${issue.message}`,
  );
}

/**
 * The cheapest parts that hold the images: at their own resolution, or at 32 to be scaled down.
 *
 * @throws DataError when the manifest does not list them all.
 */
export function partsFor(manifest: Manifest, size: DataSize): Part[] {
  const covers = [...new Set<Resolution>([size.resolution, 32])]
    .map((resolution) => coverOf(manifest, resolution, size.images))
    .filter((cover) => cover !== null)
    .sort((a, b) => bytesOf(a) - bytesOf(b));
  const [best] = covers;
  if (best) return best;
  throw new DataError(
    `The data of this build do not hold ${grouped(size.images)} images of each half ` +
      `at ${size.resolution}x${size.resolution}.`,
  );
}

/** Parts of one resolution that follow one another from image 0 to at least `images`. */
function coverOf(manifest: Manifest, resolution: Resolution, images: number): Part[] | null {
  const parts = manifest.parts
    .filter((part) => part.resolution === resolution && part.first < images)
    .sort((a, b) => a.first - b.first);
  let reached = 0;
  for (const part of parts) {
    if (part.first !== reached) return null;
    reached += part.count;
  }
  return reached >= images ? parts : null;
}

/** Bytes of several parts. */
export function bytesOf(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + part.bytes, 0);
}

/** The bytes of a part, made from all 50,000 training images. */
export function makePart(
  train: ImageSet,
  part: Pick<Part, 'resolution' | 'first' | 'count'>,
): Uint8Array<ArrayBuffer> {
  const { weights, alpha } = splitHalves(train, part.resolution, part.first, part.count);
  return concat([weights.labels, weights.pixels, alpha.labels, alpha.pixels]);
}

/** @throws DataError when the manifest does not list the test images of a resolution. */
export function testFor({ tests }: Manifest, resolution: Resolution): TestFile {
  const file = tests.find((one) => one.resolution === resolution);
  if (file) return file;
  throw new DataError(
    `The data of this build do not hold test images at ${resolution}x${resolution}.`,
  );
}

/** The bytes of a file of test images, made from those of 32x32. */
export function makeTest(test: ImageSet, resolution: Resolution): Uint8Array<ArrayBuffer> {
  return concat([test.labels, downscale(test, resolution).pixels]);
}

/** The two halves of a part as views of its bytes. */
export function readPart(part: Part, bytes: Uint8Array): { weights: ImageSet; alpha: ImageSet } {
  const half = bytes.length / 2;
  return {
    weights: readImages(part, bytes.subarray(0, half)),
    alpha: readImages(part, bytes.subarray(half)),
  };
}

/** Labels, then pixels: half a part, or the test set. */
export function readImages(
  { file, resolution, count }: Pick<Part, 'file' | 'resolution' | 'count'>,
  bytes: Uint8Array,
): ImageSet {
  const expected = count * (1 + imageBytes(resolution));
  if (bytes.length !== expected) {
    throw new DataError(
      `Refused: ${grouped(count)} images of ${file} take ${grouped(expected)} bytes, ` +
        `not ${grouped(bytes.length)}.`,
    );
  }
  return { resolution, count, labels: bytes.subarray(0, count), pixels: bytes.subarray(count) };
}
