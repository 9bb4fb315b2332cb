import type { DataIdentity } from '../trace/types';
import { concat } from './bytes';
import { digestOf, type ImageSet } from './images';
import { readImages, testFor } from './parts';
import { checkSize } from './search-data';
import { downloadSize, loadHalves, openSource, type LoadOptions } from './source';

/** What a cell is trained and tested on by itself. */
export interface StandAloneData {
  /** The images of both halves, those of the weights first. */
  readonly train: ImageSet;
  /** All test images. */
  readonly test: ImageSet;
  readonly identity: DataIdentity;
}

/**
 * The images of stand-alone training at a search's size: the first `images` of each half together,
 * which at full scale is the benchmark's `cifar10` training set, and CIFAR-10's 10,000 test images,
 * scaled down the same way. Verified and cached as those of a search. `onProgress` counts all files.
 *
 * @throws DataError when a file is missing, has the wrong length or the wrong digest.
 * @throws RangeError when CIFAR-10 cannot serve the size.
 */
export async function loadStandAloneData(options: LoadOptions): Promise<StandAloneData> {
  checkSize(options);
  const { resolution, images, onProgress } = options;
  const source = await openSource(options);
  const file = testFor(source.manifest, resolution);
  let [loaded, total] = [0, 0];
  const halves = await loadHalves(source, {
    resolution,
    images,
    onProgress: (bytes, all) => {
      [loaded, total] = [bytes, all];
      onProgress?.(loaded, total + file.bytes);
    },
  });
  const bytes = await source.read(file, (received) =>
    onProgress?.(loaded + Math.min(received, file.bytes), total + file.bytes),
  );
  onProgress?.(total + file.bytes, total + file.bytes);
  return standAloneData(halves, readImages(file, bytes));
}

/** Bytes that {@link loadStandAloneData} would download: what is not cached. */
export async function standAloneDownloadSize(options: LoadOptions): Promise<number> {
  const source = await openSource(options);
  const test = testFor(source.manifest, options.resolution);
  const rest = (await source.isCached(test)) ? 0 : test.bytes;
  return rest + (await downloadSize(options));
}

/** @param halves of a search; the test images must be of the same resolution */
export async function standAloneData(
  { weights, alpha }: { readonly weights: ImageSet; readonly alpha: ImageSet },
  test: ImageSet,
): Promise<StandAloneData> {
  const { resolution } = weights;
  const train: ImageSet = {
    resolution,
    count: weights.count + alpha.count,
    labels: concat([weights.labels, alpha.labels]),
    pixels: concat([weights.pixels, alpha.pixels]),
  };
  const identity: DataIdentity = {
    name: 'CIFAR-10',
    digest: await digestOf(train, test),
    split:
      `trained on the first ${weights.count} of each half of NAS-Bench-201's 25k/25k split, ` +
      `tested on ${test.count} test images`,
    resolution,
    images: train.count,
  };
  return { train, test, identity };
}
