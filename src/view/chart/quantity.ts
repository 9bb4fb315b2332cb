import { rate } from '../format';
import type { RecordValue } from './series';

/** One line of a {@link Quantity}. */
export interface QuantityLine {
  readonly key: string;
  readonly label: string;
  readonly dashed: boolean;
  readonly value: RecordValue;
}

/** What a small multiple draws: one or two lines on one axis. */
export interface Quantity {
  readonly key: string;
  readonly title: string;
  /** Shown at the axis. */
  readonly unit: string;
  /** Subject of the sentence. */
  readonly noun: string;
  readonly log: boolean;
  /** Bounds the axis never leaves; null where the data decides. */
  readonly domain: readonly [number | null, number | null];
  readonly format: (value: number) => string;
  readonly lines: readonly QuantityLine[];
}

const percent = (share: number | undefined) => (share === undefined ? null : 100 * share);
const decimals = (digits: number) => (value: number) => value.toFixed(digits);

export const LOSS: Quantity = {
  key: 'loss',
  title: 'Supernet loss',
  unit: 'cross-entropy, nats',
  noun: 'loss',
  log: false,
  domain: [null, null],
  format: decimals(2),
  lines: [
    { key: 'weights', label: 'weights half', dashed: false, value: (r) => r.lossTrain },
    { key: 'alpha', label: 'alpha half', dashed: true, value: (r) => r.lossValid },
  ],
};

export const ACCURACY: Quantity = {
  key: 'accuracy',
  title: 'Supernet accuracy',
  unit: '%',
  noun: 'accuracy',
  log: false,
  domain: [null, 100],
  format: decimals(1),
  lines: [
    { key: 'weights', label: 'weights half', dashed: false, value: (r) => percent(r.accTrain) },
    { key: 'alpha', label: 'alpha half', dashed: true, value: (r) => percent(r.accValid) },
  ],
};

export const RATES: Quantity = {
  key: 'rates',
  title: 'Learning rates in force',
  unit: 'per step, log scale',
  noun: 'rate',
  log: true,
  domain: [null, null],
  format: rate,
  lines: [
    { key: 'weights', label: 'weights', dashed: false, value: (r) => r.rateWeights },
    { key: 'alpha', label: 'alpha', dashed: true, value: (r) => r.rateAlpha },
  ],
};

export const GRADIENT: Quantity = {
  key: 'gradient',
  title: 'Weight gradient',
  unit: 'L2 norm before the clip',
  noun: 'norm',
  log: false,
  domain: [0, null],
  format: decimals(2),
  lines: [{ key: 'norm', label: 'norm', dashed: false, value: (r) => r.gradNorm }],
};

/** In the order of the small multiples. */
export const QUANTITIES: readonly Quantity[] = [LOSS, ACCURACY, RATES, GRADIENT];
