import { USUAL_ETA } from './method/amended-darts';

/**
 * The toy of the paper of Amended-DARTS (A.2, Fig. 4): L(w, a; x) = (w x - a)², x = 1 in training and 2 in
 * validation, all scalars. The best weight for an a is w* = a, so that the validation loss at w* is a² and
 * a ought to go to 0.
 */
export interface ToyPoint {
  readonly w: number;
  readonly a: number;
}

/** By what a moves. */
export type ToyRule =
  | { readonly kind: 'first' }
  /** With the second-order term of Amended-DARTS times `eta`. */
  | { readonly kind: 'amended'; readonly eta: number }
  /** DARTS-V2 with a virtual step of rate `xi`, taken to lead nowhere but into the derivative. */
  | { readonly kind: 'second'; readonly xi: number };

/** Rates of the two plain gradient steps that make an epoch: w first, then a. */
export interface ToyRates {
  readonly w: number;
  readonly a: number;
}

export interface Toy {
  readonly rule: ToyRule;
  readonly rates: ToyRates;
  readonly start: ToyPoint;
}

/** After an epoch. */
export interface ToyEpoch extends ToyPoint {
  readonly epoch: number;
  /** (2w - a)². */
  readonly loss: number;
}

/** What a gradient of Amended-DARTS is made of (Eq. 5 and A.4 of its paper). */
export interface AmendedParts {
  /** Of the validation loss with respect to a, and to w. */
  readonly g1: number;
  readonly v: number;
  /** .01 over the length of v; infinite where v is 0. */
  readonly epsilon: number;
  /** Difference of two gradients of w, 2 epsilon apart along v. */
  readonly u: number;
  /** -eta times the mixed second derivative times the Hessian times v, as two differences. */
  readonly g2: number;
}

/** Settings under which the two curves of figure 4 come out; the paper prints none. */
export const FIGURE_4: Omit<Toy, 'rule'> = {
  rates: { w: 0.05, a: 0.003 },
  start: { w: 5, a: 1 },
};
export const FIGURE_4_EPOCHS = 500;
/** The eta at which the amended gradient is that of a alone, 2a, wherever w = a. */
export const EXACT_ETA = 1 / 4;
/** The eta above which the amended gradient has its sign. */
export const LEAST_ETA = 1 / 8;

const X = { train: 1, valid: 2 } as const;
/** As in the code of DARTS. */
const DISTANCE = 0.01;
/** A loss beyond which a search has run away. */
const LOST = 1e6;

const error = ({ w, a }: ToyPoint, x: number) => w * x - a;
const slopeOfW = (point: ToyPoint, x: number) => 2 * x * error(point, x);
const slopeOfA = (point: ToyPoint, x: number) => -2 * error(point, x);

/** The amended gradient by differences of gradients, as the engine takes it. */
export function amendedParts(point: ToyPoint, eta: number = USUAL_ETA): AmendedParts {
  const { w, a } = point;
  const g1 = slopeOfA(point, X.valid);
  const v = slopeOfW(point, X.valid);
  // By v's sign and length, so that nothing overflows where v vanishes.
  const along = (distance: number) => slopeOfW({ w: w + distance * Math.sign(v), a }, X.train);
  const u = along(DISTANCE) - along(-DISTANCE);
  const apart = (factor: number) => slopeOfA({ w: w + factor * u, a }, X.train);
  const g2 = (-eta * Math.abs(v) * (apart(0.5) - apart(-0.5))) / (2 * DISTANCE);
  const epsilon = DISTANCE / Math.abs(v);
  return { g1, v, epsilon, u, g2 };
}

/** c, where a's gradient is c (2w - a); the true one has c = 2, first order -2. */
export function gradientFactor(rule: ToyRule): number {
  if (rule.kind === 'amended') return 16 * rule.eta - 2;
  return rule.kind === 'second' ? 8 * rule.xi - 2 : -2;
}

/** Gradient by which a moves. */
export function toyGradient(point: ToyPoint, rule: ToyRule): number {
  if (rule.kind !== 'amended') return gradientFactor(rule) * error(point, X.valid);
  const { g1, g2 } = amendedParts(point, rule.eta);
  return g1 + g2;
}

/** Epochs 1 to `epochs`, or fewer: the one in which the loss passes a million is the last. */
export function runToy({ rule, rates, start }: Toy, epochs: number): ToyEpoch[] {
  const run: ToyEpoch[] = [];
  let { w, a } = start;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    w -= rates.w * slopeOfW({ w, a }, X.train);
    a -= rates.a * toyGradient({ w, a }, rule);
    const loss = error({ w, a }, X.valid) ** 2;
    run.push({ epoch, w, a, loss });
    if (!(loss <= LOST)) break;
  }
  return run;
}

/**
 * The largest size of the eigenvalues of one epoch, which is linear in (w, a): below 1 everything goes to
 * 0, above 1 away from it. With p = 1 - 2 r_w and k = r_a c its trace is 1 + p - k + 2 k p, its determinant
 * p (1 + k).
 */
export function spectralRadius(rule: ToyRule, rates: ToyRates): number {
  const p = 1 - 2 * rates.w;
  const k = rates.a * gradientFactor(rule);
  const trace = 1 + p - k + 2 * k * p;
  const determinant = p * (1 + k);
  const under = trace ** 2 / 4 - determinant;
  if (under < 0) return Math.sqrt(determinant);
  return Math.abs(trace) / 2 + Math.sqrt(under);
}

/**
 * The etas between which a search of Amended-DARTS comes to 0, by Jury's criterion on the numbers of
 * {@link spectralRadius}. One eigenvalue is 1 at exactly eta = 1/8, whatever the rates: below it the gradient
 * points away. The upper end, where the steps become too large, is the rates'.
 *
 * @returns null when no eta is stable at these rates
 */
export function stableEtas(
  rates: ToyRates,
): { readonly above: number; readonly below: number } | null {
  const p = 1 - 2 * rates.w;
  if (!(Math.abs(p) < 1) || rates.a <= 0) return null;
  // 1 - determinant > 0 bounds k where p > 0, 1 + trace + determinant > 0 where p < 1/3.
  const turning = p > 0 ? 1 / p - 1 : Infinity;
  const flipping = p < 1 / 3 ? (2 * (1 + p)) / (1 - 3 * p) : Infinity;
  const below = (2 + Math.min(turning, flipping) / rates.a) / 16;
  return { above: LEAST_ETA, below };
}
