import { CIFAR10_MEAN, CIFAR10_STD } from '../../../data/augment';
import { paddingOf } from '../../../data/draw';
import { sizeOf, type Tensor } from '../../kernels';
import type { AdamState, Clock, FusedKernels, Journal, SgdState } from '../fused';
import { clockOf, type Context } from './context';
import { augment } from './wgsl/augment';
import { adam, sgd, squareParts, squares, tally } from './wgsl/optimiser';

/** What a step begins and ends with: its batch, the optimisers, the sums of the epoch. */
export class Steps {
  constructor(private readonly context: Context) {}

  readonly sgd = ({ weights, momentum }: SgdState, gradient: Tensor, clock: Clock): Tensor => {
    const { k, runner, threads } = this.context;
    const shape = { size: sizeOf(weights.shape), threads };
    const parts = k.allocate([squareParts(shape)]);
    const norm = k.allocate([1]);
    const tensors = [gradient, parts, ...clockOf(clock), weights, momentum, norm];
    runner.launch('squares', shape, squares, [gradient, parts]);
    runner.launch('sgd', shape, sgd, tensors);
    k.free(parts);
    return norm;
  };

  readonly adam = ({ alpha, first, second }: AdamState, gradient: Tensor, clock: Clock): void => {
    const tensors = [gradient, ...clockOf(clock), alpha, first, second];
    this.context.runner.launch('adam', { size: sizeOf(alpha.shape) }, adam, tensors);
  };

  readonly tally: FusedKernels['tally'] = (
    { totals, trail }: Journal,
    clock: Clock,
    { train, norm, valid, alpha },
  ) => {
    const [, counter] = clockOf(clock);
    const shape = {
      norm: norm !== null,
      valid: valid !== null,
      alpha: alpha ? sizeOf(alpha.shape) : 0,
    };
    const read = [train, norm, valid, alpha].filter((tensor) => tensor !== null);
    const written = alpha ? [totals, trail, counter] : [totals, counter];
    this.context.runner.launch('tally', shape, tally, [...read, ...written]);
  };

  readonly augment: NonNullable<FusedKernels['augment']> = (
    { pixels, labels, resolution },
    draws,
    count,
    clock,
  ) => {
    const { k, runner } = this.context;
    const [, counter] = clockOf(clock);
    const images = k.allocate([count, resolution, resolution, 3]);
    const chosen = k.allocate([count], 'int32');
    const batch = draws.shape[1]!;
    const shape = { count, batch, resolution, padding: paddingOf(resolution) };
    const tensors = [pixels, labels, draws, counter, this.values(), images, chosen];
    runner.launch('augment', shape, augment, tensors);
    return { images, labels: chosen };
  };

  /** `[3, 256]`: the normalised value of each byte in each channel, rounded as on the host. */
  private values(): Tensor {
    return this.context.k.constant('normalised bytes', [3, 256], () =>
      Float32Array.from(
        { length: 3 * 256 },
        (_, i) => ((i % 256) - CIFAR10_MEAN[i >> 8]!) / CIFAR10_STD[i >> 8]!,
      ),
    );
  }
}
