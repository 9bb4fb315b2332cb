import type { WeightOptimiser } from './config';

type Annealed = Pick<WeightOptimiser, 'rate' | 'rateMin' | 'schedule'>;

/** Whether a cosine from `rate` to `rateMin` would climb instead of fall. */
export function wouldRise({ rate, rateMin }: Pick<WeightOptimiser, 'rate' | 'rateMin'>): boolean {
  return rate < rateMin;
}

/**
 * Learning rate of a whole epoch. Cosine, as in NAS-Bench-201: constant inside an epoch,
 * `min + (rate - min) (1 + cos(pi e / T)) / 2`, so the last epoch still lies above `rateMin`.
 *
 * @param jointEpoch e, from 0. Negative in the warm-up, which holds the rate of epoch 0.
 * @param jointEpochs T.
 * @throws RangeError when the epoch lies outside, or a cosine would rise: `rate` below `rateMin`.
 */
export function rateAt(optimiser: Annealed, jointEpoch: number, jointEpochs: number): number {
  if (!Number.isInteger(jointEpoch) || !(jointEpoch < jointEpochs)) {
    throw new RangeError(`Joint epoch ${jointEpoch} is outside 0..${jointEpochs - 1}.`);
  }
  const { rate, rateMin, schedule } = optimiser;
  if (schedule === 'constant') return rate;
  if (wouldRise(optimiser)) {
    throw new RangeError(
      `A cosine schedule from ${rate} to ${rateMin} would rise; such a rate must be constant.`,
    );
  }
  const progress = Math.max(0, jointEpoch) / jointEpochs;
  return rateMin + ((rate - rateMin) * (1 + Math.cos(Math.PI * progress))) / 2;
}
