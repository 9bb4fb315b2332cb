/** How SGD uses its momentum. The paper names none; the first gives its 34 and 44. */
export const MOMENTUM_CONVENTIONS = [
  'heavy-ball',
  'nesterov',
  'averaged',
  'dampened',
  'none',
] as const;

export type MomentumConvention = (typeof MOMENTUM_CONVENTIONS)[number];

export interface StudySgd {
  readonly kind: 'sgd';
  readonly rate: number;
  /** .9 in the study; unused by `none`. */
  readonly momentum: number;
  readonly convention: MomentumConvention;
  /** Whether the momentum buffer is emptied when the gradient flips. */
  readonly reset: boolean;
}

export interface StudyAdam {
  readonly kind: 'adam';
  readonly rate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Coupled L2. */
  readonly decay: number;
}

/** A softmax y = softmax(x) whose loss pulls one way, then the other (section 2.2). */
export interface Study {
  /** x(0), d entries. */
  readonly start: readonly number[];
  /** dl/dy until the flip, d entries; after it the negative. */
  readonly gradient: readonly number[];
  /** t1: updates before the flip. */
  readonly flipAfter: number;
  readonly optimiser: StudySgd | StudyAdam;
}

/** Everything that one update passes through. All vectors have d entries. */
export interface StudyStep {
  /** 1-based over both phases. */
  readonly update: number;
  readonly flipped: boolean;
  /** x and y = softmax(x) after the update. */
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** dl/dy in force. */
  readonly outer: readonly number[];
  /** J = diag(y) - y y^T at the x before the update: d rows of d. */
  readonly jacobian: readonly (readonly number[])[];
  /** dl/dx = J dl/dy: what softmax leaves of the gradient. */
  readonly inner: readonly number[];
  /** What the rate is multiplied by: x(after) = x(before) - rate * direction. */
  readonly direction: readonly number[];
}

export interface Recovery {
  /** t2: updates after the flip until x_1 is back at x_1(0) or past it; null within the limit. */
  readonly updates: number | null;
  /** The value of x_1 that lies farthest from x_1(0), and the update after the flip that gave it. */
  readonly farthest: number;
  readonly farthestAt: number;
}

/** The paper's numbers: x = (.001, .001), dl/dy = (1, -1), flipped after 25 updates. */
export const PAPER_STUDY = {
  start: [0.001, 0.001],
  gradient: [1, -1],
  flipAfter: 25,
} as const satisfies Omit<Study, 'optimiser'>;

/** The updates back to x_1(0) that section 2.2 prints, by learning rate. */
export const PRINTED_RECOVERIES = [
  { rate: 0.001, updates: 34 },
  { rate: 0.01, updates: 44 },
] as const;

/** SGD as it has to be for the printed 34 (rate .001) and 44 (rate .01). */
export function paperSgd(rate: number): StudySgd {
  return { kind: 'sgd', rate, momentum: 0.9, convention: 'heavy-ball', reset: false };
}

/** Adam as it trains alpha, where the effect is absent: t2 is 27 or less at every rate. */
export function paperAdam(rate: number): StudyAdam {
  return { kind: 'adam', rate, beta1: 0.5, beta2: 0.999, epsilon: 1e-8, decay: 0 };
}

/** A gradient that pulls the first of d entries against all others, summing to zero. */
export function oneAgainstRest(d: number): number[] {
  return Array.from({ length: d }, (_, i) => (i === 0 ? 1 : -1 / (d - 1)));
}

/**
 * The updates of a study, one after the other, without end.
 *
 * @throws RangeError when start and gradient differ in length, have fewer than two entries, or hold
 *   what is not finite.
 */
export function* studySteps(study: Study): Generator<StudyStep, never> {
  const { start, gradient, flipAfter } = study;
  if (start.length < 2 || start.length !== gradient.length) {
    throw new RangeError(`x has ${start.length} entries and dl/dy ${gradient.length}.`);
  }
  if (![...start, ...gradient].every(Number.isFinite)) {
    throw new RangeError('x and dl/dy must be finite.');
  }
  let x: readonly number[] = start;
  const optimiser = updater(study);
  for (let update = 1; ; update++) {
    const flipped = update > flipAfter;
    const outer = gradient.map((value) => (flipped ? -value : value));
    const jacobian = softmaxJacobian(softmax(x));
    const inner = jacobian.map((row) => dot(row, outer));
    const direction = optimiser(x, inner, update);
    x = x.map((value, i) => value - study.optimiser.rate * direction[i]!);
    yield { update, flipped, x, y: softmax(x), outer, jacobian, inner, direction };
  }
}

/** The first `updates` updates. */
export function runStudy(study: Study, updates: number): StudyStep[] {
  const steps = studySteps(study);
  return Array.from({ length: updates }, () => steps.next().value);
}

/** How long x_1 takes to come back after the flip. */
export function recovery(study: Study, limit = 2000): Recovery {
  const home = study.start[0]!;
  let side = 0;
  let farthest = home;
  let farthestAt = 0;
  for (const { update, x } of studySteps(study)) {
    const after = update - study.flipAfter;
    const away = x[0]! - home;
    if (after <= 0) {
      side = Math.sign(away);
      farthest = x[0]!;
    } else {
      if (away * side <= 0) return { updates: after, farthest, farthestAt };
      if (Math.abs(away) > Math.abs(farthest - home)) {
        farthest = x[0]!;
        farthestAt = after;
      }
    }
    if (after >= limit) break;
  }
  return { updates: null, farthest, farthestAt };
}

/** y_i = exp(x_i) / sum_j exp(x_j). */
export function softmax(x: readonly number[]): number[] {
  const largest = Math.max(...x);
  const exponentials = x.map((value) => Math.exp(value - largest));
  const sum = exponentials.reduce((total, value) => total + value, 0);
  return exponentials.map((value) => value / sum);
}

/** dy_i/dx_j = y_i (delta_ij - y_j): vanishes as y nears a corner, which is the inertia. */
export function softmaxJacobian(y: readonly number[]): number[][] {
  return y.map((yi, i) => y.map((yj, j) => yi * ((i === j ? 1 : 0) - yj)));
}

type Updater = (x: readonly number[], inner: readonly number[], update: number) => number[];

function updater({ start, flipAfter, optimiser }: Study): Updater {
  return optimiser.kind === 'sgd'
    ? sgdUpdater(start.length, flipAfter, optimiser)
    : adamUpdater(start.length, optimiser);
}

function sgdUpdater(d: number, flipAfter: number, { momentum, convention, reset }: StudySgd) {
  let buffer = Array<number>(d).fill(0);
  let empty = true;
  return (_x: readonly number[], inner: readonly number[], update: number): number[] => {
    if (convention === 'none') return [...inner];
    if (reset && update === flipAfter + 1) {
      buffer = buffer.fill(0);
      empty = true;
    }
    // PyTorch's dampening spares the first gradient; an average weighs it like the others.
    const share = convention === 'averaged' || (convention === 'dampened' && !empty);
    const weight = share ? 1 - momentum : 1;
    buffer = buffer.map((value, i) => momentum * value + weight * inner[i]!);
    empty = false;
    if (convention !== 'nesterov') return buffer;
    return inner.map((value, i) => value + momentum * buffer[i]!);
  };
}

function adamUpdater(d: number, { beta1, beta2, epsilon, decay }: StudyAdam): Updater {
  let first = Array<number>(d).fill(0);
  let second = Array<number>(d).fill(0);
  return (x, inner, update) => {
    const gradient = inner.map((value, i) => value + decay * x[i]!);
    first = first.map((value, i) => beta1 * value + (1 - beta1) * gradient[i]!);
    second = second.map((value, i) => beta2 * value + (1 - beta2) * gradient[i]! ** 2);
    return first.map(
      (value, i) =>
        value / (1 - beta1 ** update) / (Math.sqrt(second[i]! / (1 - beta2 ** update)) + epsilon),
    );
  };
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
