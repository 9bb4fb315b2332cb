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

/** What a number must be. */
interface Bounds {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
}

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
  /** As entered. A field that is wrong leaves the last valid toy on screen. */
  readonly texts = $state<Record<ToyField, string>>(textsOf(FIGURE));
  #values = $state<Record<ToyField, number>>({ ...FIGURE });
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

  enter(field: ToyField, text: string): void {
    this.texts[field] = text;
    if (this.problemOf(field) === undefined) this.#values[field] = Number(text);
  }

  /** A sentence when what is entered is no such number. */
  problemOf(field: ToyField): string | undefined {
    const { name, least, most, whole }: Bounds = BOUNDS[field];
    const text = this.texts[field].trim();
    const value = text === '' ? NaN : Number(text);
    if (value >= least && value <= most && (!whole || Number.isInteger(value))) return undefined;
    const kind = whole ? 'a whole number' : 'a number';
    return `${name}: must be ${kind} from ${least} to ${most}, not "${text}".`;
  }

  /** Everything as figure 4 comes out, with an eta. */
  toFigure(eta: number): void {
    const values = { ...FIGURE, eta };
    Object.assign(this.texts, textsOf(values));
    Object.assign(this.#values, values);
    this.#at = FIGURE.epochs;
  }

  #run(rule: Toy['rule']): ToyEpoch[] {
    return runToy({ rule, rates: this.rates, start: this.start }, this.epochs);
  }
}

function textsOf(values: Readonly<Record<ToyField, number>>): Record<ToyField, string> {
  return Object.fromEntries(
    Object.entries(values).map(([field, value]) => [field, String(value)]),
  ) as Record<ToyField, string>;
}
