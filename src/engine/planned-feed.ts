import type { ImageSet } from '../data/images';
import type { EffectiveConfig } from '../paper/config';
import { probeWidth } from './alpha-probe';
import type { Device } from './device';
import { RATES, type Clock } from './fused/fused';
import type { Noise } from './fused/method';
import type { Kernels } from './kernels';
import type { Batch } from './network';

type PlannedShelf = ReturnType<typeof plannedShelf>;

/** What a `Shelf` of so many images takes of a device. Kernels are those that count. */
export function plannedShelf(
  k: Kernels,
  gpu: Device['gpu'],
  { resolution, count }: Pick<ImageSet, 'resolution' | 'count'>,
) {
  return (
    gpu && {
      pixels: k.allocate([Math.ceil((count * resolution * resolution * 3) / 4)], 'int32'),
      labels: k.allocate([count], 'int32'),
      resolution,
    }
  );
}

/** What the numbers of a random method's epoch take of a device. */
export function plannedNoise(k: Kernels, gpu: Device['gpu'], width: number, steps: number): Noise {
  return { width, rows: new Float32Array(0), table: gpu ? k.allocate([steps, width]) : null };
}

/** What the `Feed` of an epoch of so many steps, or of an evaluation, takes of a device. */
export function plannedFeed(
  k: Kernels,
  gpu: Device['gpu'],
  { resolution, batch }: { readonly resolution: number; readonly batch: number },
  steps: number,
) {
  const ints = (...shape: number[]) => k.allocate(shape, 'int32');
  const clock: Clock = {
    step: 0,
    rows: new Float32Array(0),
    table: gpu ? k.allocate([steps, RATES]) : null,
    counter: gpu ? ints(1) : null,
  };
  const { augment } = k.fused;
  /** Batches of a shelf. */
  const open = (shelf: PlannedShelf) => {
    const draws = shelf ? ints(steps, batch) : null;
    return (size: number): Batch =>
      augment && shelf && draws
        ? augment(shelf, draws, size, clock)
        : { images: k.allocate([size, resolution, resolution, 3]), labels: ints(size) };
  };
  return { clock, open };
}

/** What a `CellTrial` of so many cells keeps on a device. @param alphas entries of alpha */
export function plannedTrial(
  k: Kernels,
  gpu: Device['gpu'],
  { scale }: EffectiveConfig,
  shelf: PlannedShelf,
  alphas: number,
  candidates: number,
) {
  const { clock, open } = plannedFeed(k, gpu, scale, candidates);
  const images = open(shelf);
  const results = k.allocate([candidates, 2]);
  const cells = plannedNoise(k, gpu, alphas, candidates);
  return {
    results,
    /** A batch and the cell that it tries. */
    draw: () => ({ images: images(scale.batch), p: k.fused.methods.noise(cells, clock) }),
  };
}

/** What an `AlphaProbe` keeps on a device. @param alphas entries of alpha */
export function plannedProbe(
  k: Kernels,
  gpu: Device['gpu'],
  { scale }: EffectiveConfig,
  shelf: PlannedShelf,
  alphas: number,
) {
  const { clock, open } = plannedFeed(k, gpu, scale, alphas);
  const images = open(shelf);
  k.allocate([alphas, alphas]);
  const tables = plannedNoise(k, gpu, probeWidth(alphas), alphas);
  return {
    /** A batch and an entry's alphas. */
    draw: (size: number) => ({
      images: images(size),
      tables: k.fused.methods.noise(tables, clock),
    }),
  };
}
