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
import { NumberFields, type Bounds } from '../number-fields.svelte';

export type OptimiserName = 'sgd' | 'adam';
export const DIMENSIONS = [2, 5] as const;

/** Rates of the table: the paper's two, and larger ones that show the trend. */
export const TABLE_RATES = [0.001, 0.003, 0.01, 0.025, 0.05, 0.1] as const;

/** Epochs drawn after the flip when x_1 does not come back within the limit. */
const DRAWN_WITHOUT_RETURN = 300;
/** A rate at which softmax is a straight line: what is left is momentum's alone. */
const NO_SATURATION = 1e-6;

const BOUNDS = {
  start: { name: 'Initial x', least: -10, most: 10, whole: false },
  gradient: { name: 'Gradient', least: 0.001, most: 100, whole: false },
  flip: { name: 'Flip epoch', least: 1, most: 200, whole: true },
  rate: { name: 'Learning rate', least: 1e-5, most: 10, whole: false },
} as const satisfies Record<string, Bounds>;

export type StudyField = keyof typeof BOUNDS;

/** The study of section 2.2 as the learner has set it, and what comes of it. One update an epoch. */
export class StudyForm {
  readonly fields = new NumberFields<StudyField>(BOUNDS, paperValues(PRINTED_RECOVERIES[0].rate));
  readonly #values = this.fields.values;
  convention = $state<MomentumConvention>('heavy-ball');
  /** Whether the momentum buffer is emptied at the flip. */
  reset = $state(false);
  optimiser = $state<OptimiserName>('sgd');
  dimension = $state<(typeof DIMENSIONS)[number]>(2);
  /** The epoch whose numbers the equations show. */
  #at = $state(PAPER_STUDY.flipAfter + 1);

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

  /** Everything as in the paper, at one of its two rates. */
  toPaper(rate: number): void {
    this.fields.set(paperValues(rate));
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

function paperValues(rate: number): Record<StudyField, number> {
  const { start, gradient, flipAfter } = PAPER_STUDY;
  return { start: start[0], gradient: gradient[0], flip: flipAfter, rate };
}
