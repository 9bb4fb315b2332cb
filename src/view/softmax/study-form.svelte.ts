import {
  oneAgainstRest,
  PAPER_STUDY,
  paperAdam,
  paperSgd,
  PRINTED_RECOVERIES,
  recovery,
  runStudy,
  type MomentumConvention,
  type Recovery,
  type Study,
  type StudyStep,
} from '../../paper/softmax-study';

export type OptimiserName = 'sgd' | 'adam';
export const DIMENSIONS = [2, 5] as const;

/** Rates of the table: the paper's two, and larger ones that show the trend. */
export const TABLE_RATES = [0.001, 0.003, 0.01, 0.025, 0.05, 0.1] as const;

/** Epochs drawn after the flip when x_1 does not come back within the limit. */
const DRAWN_WITHOUT_RETURN = 300;
/** A rate at which softmax is a straight line: what is left is momentum's alone. */
const NO_SATURATION = 1e-6;

/** What a number must be. */
interface Bounds {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly whole: boolean;
}

const BOUNDS = {
  start: { name: 'Initial x', least: -10, most: 10, whole: false },
  gradient: { name: 'Gradient', least: 0.001, most: 100, whole: false },
  flip: { name: 'Flip epoch', least: 1, most: 200, whole: true },
  rate: { name: 'Learning rate', least: 1e-5, most: 10, whole: false },
} as const satisfies Record<string, Bounds>;

export type NumberField = keyof typeof BOUNDS;

/** The study of section 2.2 as the learner has set it, and what comes of it. One update an epoch. */
export class StudyForm {
  /** As entered. A field that is wrong leaves the last valid study on screen. */
  readonly texts = $state<Record<NumberField, string>>(paperTexts(PRINTED_RECOVERIES[0].rate));
  convention = $state<MomentumConvention>('heavy-ball');
  /** Whether the momentum buffer is emptied at the flip. */
  reset = $state(false);
  optimiser = $state<OptimiserName>('sgd');
  dimension = $state<(typeof DIMENSIONS)[number]>(2);
  /** The epoch whose numbers the equations show. */
  #at = $state(PAPER_STUDY.flipAfter + 1);

  #values = $state<Record<NumberField, number>>(paperValues(PRINTED_RECOVERIES[0].rate));

  readonly study: Study = $derived(this.with(this.#values.rate, this.optimiser));
  readonly recovery: Recovery = $derived(recovery(this.study));
  /** The same without saturation: how long momentum alone keeps x_1 away. */
  readonly momentumAlone: Recovery = $derived(recovery(this.with(NO_SATURATION, this.optimiser)));
  /** Epochs that are drawn. */
  readonly epochs: number = $derived(
    this.study.flipAfter +
      (this.recovery.updates === null
        ? DRAWN_WITHOUT_RETURN
        : Math.ceil(this.recovery.updates * 1.15) + 2),
  );
  readonly steps: readonly StudyStep[] = $derived(runStudy(this.study, this.epochs));
  readonly step: StudyStep = $derived(this.steps[this.at - 1]!);
  /** Whether everything but the rate is as in the paper. */
  readonly isPaper: boolean = $derived(
    this.#values.start === PAPER_STUDY.start[0] &&
      this.#values.gradient === PAPER_STUDY.gradient[0] &&
      this.#values.flip === PAPER_STUDY.flipAfter &&
      this.convention === 'heavy-ball' &&
      !this.reset &&
      this.optimiser === 'sgd' &&
      this.dimension === 2,
  );

  get at(): number {
    return Math.min(this.#at, this.epochs);
  }

  set at(epoch: number) {
    this.#at = Math.min(Math.max(1, Math.round(epoch)), this.epochs);
  }

  /** The rate in force. */
  get rate(): number {
    return this.#values.rate;
  }

  enter(field: NumberField, text: string): void {
    this.texts[field] = text;
    if (this.problemOf(field) === undefined) this.#values[field] = Number(text);
  }

  /** A sentence when what is entered is no such number. */
  problemOf(field: NumberField): string | undefined {
    const { name, least, most, whole }: Bounds = BOUNDS[field];
    const text = this.texts[field].trim();
    const value = text === '' ? NaN : Number(text);
    if (value >= least && value <= most && (!whole || Number.isInteger(value))) return undefined;
    const kind = whole ? 'a whole number' : 'a number';
    return `${name}: must be ${kind} from ${least} to ${most}, not "${text}".`;
  }

  /** Everything as in the paper, at one of its two rates. */
  toPaper(rate: number): void {
    Object.assign(this.texts, paperTexts(rate));
    Object.assign(this.#values, paperValues(rate));
    this.convention = 'heavy-ball';
    this.reset = false;
    this.optimiser = 'sgd';
    this.dimension = 2;
    this.#at = PAPER_STUDY.flipAfter + 1;
  }

  /** The study on screen at another rate or with the other optimiser. */
  with(rate: number, optimiser: OptimiserName): Study {
    const { start, gradient, flip } = this.#values;
    const { convention, reset } = this;
    return {
      start: Array<number>(this.dimension).fill(start),
      gradient: oneAgainstRest(this.dimension).map((entry) => gradient * entry),
      flipAfter: flip,
      optimiser: optimiser === 'adam' ? paperAdam(rate) : { ...paperSgd(rate), convention, reset },
    };
  }
}

function paperValues(rate: number): Record<NumberField, number> {
  const { start, gradient, flipAfter } = PAPER_STUDY;
  return { start: start[0], gradient: gradient[0], flip: flipAfter, rate };
}

function paperTexts(rate: number): Record<NumberField, string> {
  const { start, gradient, flip } = paperValues(rate);
  return {
    start: String(start),
    gradient: String(gradient),
    flip: String(flip),
    rate: String(rate),
  };
}
