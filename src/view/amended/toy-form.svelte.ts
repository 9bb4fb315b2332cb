import {
  FIGURE_4,
  FIGURE_4_EPOCHS,
  runToy,
  spectralRadius,
  stableEtas,
  type Toy,
  type ToyEpoch,
  type ToyRates,
} from '../../paper/amended-toy';
import { USUAL_ETA } from '../../paper/method/amended-darts';
import { NumberFields, type Bounds } from '../number-fields.svelte';

const BOUNDS = {
  eta: { name: 'Eta', least: 0, most: 100, whole: false },
  rateA: { name: 'Rate of a', least: 1e-5, most: 2, whole: false },
  rateW: { name: 'Rate of w', least: 1e-3, most: 0.99, whole: false },
  startA: { name: 'First a', least: -10, most: 10, whole: false },
  startW: { name: 'First w', least: -10, most: 10, whole: false },
  epochs: { name: 'Epochs', least: 10, most: 2000, whole: true },
} as const satisfies Record<string, Bounds>;

export type ToyField = keyof typeof BOUNDS;

const FIGURE: Readonly<Record<ToyField, number>> = {
  eta: USUAL_ETA,
  rateA: FIGURE_4.rates.a,
  rateW: FIGURE_4.rates.w,
  startA: FIGURE_4.start.a,
  startW: FIGURE_4.start.w,
  epochs: FIGURE_4_EPOCHS,
};

/** The toy of Amended-DARTS as the learner has set it, beside first order from the same start. */
export class ToyForm {
  readonly fields = new NumberFields<ToyField>(BOUNDS, FIGURE);
  readonly #values = this.fields.values;
  #at = $state(FIGURE.epochs);

  readonly rates: ToyRates = $derived({ w: this.#values.rateW, a: this.#values.rateA });
  readonly first: readonly ToyEpoch[] = $derived(this.#run({ kind: 'first' }));
  readonly amended: readonly ToyEpoch[] = $derived(this.with(this.#values.eta));
  readonly radius: number = $derived(this.radiusOf(this.#values.eta));
  /** Null where no eta is stable. */
  readonly stable = $derived(stableEtas(this.rates));
  /** Whether everything but eta is as figure 4 comes out. */
  readonly isFigure: boolean = $derived(
    (Object.keys(FIGURE) as ToyField[]).every(
      (field) => field === 'eta' || this.#values[field] === FIGURE[field],
    ),
  );

  get eta(): number {
    return this.#values.eta;
  }

  get epochs(): number {
    return this.#values.epochs;
  }

  get start(): Toy['start'] {
    return { w: this.#values.startW, a: this.#values.startA };
  }

  /** The epoch whose numbers are told. */
  get at(): number {
    return Math.min(this.#at, this.epochs);
  }

  set at(epoch: number) {
    this.#at = Math.min(Math.max(1, Math.round(epoch)), this.epochs);
  }

  /** The toy on screen with another eta. */
  with(eta: number): ToyEpoch[] {
    return this.#run({ kind: 'amended', eta });
  }

  radiusOf(eta: number): number {
    return spectralRadius({ kind: 'amended', eta }, this.rates);
  }

  /** Everything as figure 4 comes out, with an eta. */
  toFigure(eta: number): void {
    this.fields.set({ ...FIGURE, eta });
    this.#at = FIGURE.epochs;
  }

  #run(rule: Toy['rule']): ToyEpoch[] {
    return runToy({ rule, rates: this.rates, start: this.start }, this.epochs);
  }
}
