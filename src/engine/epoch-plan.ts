import type { AlphaOptimiser, WeightOptimiser } from '../paper/config';
import { RATE, RATES } from './fused/fused';

/** How images are dealt out in batches. */
export interface BatchPlan {
  /** Images of every step but the last, which may have fewer. */
  readonly batch: number;
  /** Images of all steps together. */
  readonly images: number;
}

/** All that the steps of one epoch need beside the search's state. */
export interface EpochPlan extends BatchPlan {
  /** A draw (`data/draw.ts`) for each image of the weights' batches, in order: `[images]`. */
  readonly train: Int32Array;
  /** The same for alpha's batches; null: alpha is frozen. */
  readonly alpha: Int32Array | null;
  /** What a random method draws for its steps, `[steps, width]`. */
  readonly noise?: Float32Array;
  /** Learning rate of the weights in this epoch. */
  readonly weightRate: number;
  readonly weights: WeightOptimiser;
  readonly alphaOptimiser: AlphaOptimiser;
}

export function stepsOf({ images, batch }: BatchPlan): number {
  return Math.ceil(images / batch);
}

/** Images of one step. */
export function sizeOfStep({ images, batch }: BatchPlan, step: number): number {
  return Math.min(batch, images - step * batch);
}

/** So large a norm that no gradient is clipped, and still a float32 when divided by 1e-6. */
const NO_CLIP = 1e30;

/**
 * Rows of rates for steps that train weights alone, by SGD with Nesterov's momentum and no clip:
 * `[steps, RATES]`.
 */
export function weightRows(
  steps: number,
  rate: number,
  { momentum, decay }: Pick<WeightOptimiser, 'momentum' | 'decay'>,
): Float32Array {
  const rows = new Float32Array(steps * RATES);
  for (let row = 0; row < rows.length; row += RATES) {
    rows[row + RATE.weights] = rate;
    rows[row + RATE.momentum] = momentum;
    rows[row + RATE.decay] = decay;
    rows[row + RATE.clip] = NO_CLIP;
  }
  return rows;
}

/**
 * A row of rates for each step, `[steps, RATES]`.
 *
 * @param alphaSteps Adam steps before this epoch; only they correct the bias, so epochs of frozen
 *   alpha do not count
 * @param nesterov whether the weights' momentum is Nesterov's
 */
export function rateRows(plan: EpochPlan, alphaSteps: number, nesterov = true): Float32Array {
  const { weights, weightRate } = plan;
  const { rate, beta1, beta2, epsilon, l2 } = plan.alphaOptimiser;
  const rows = new Float32Array(stepsOf(plan) * RATES);
  for (let step = 0; step < stepsOf(plan); step++) {
    const t = alphaSteps + step + 1;
    const at = (place: number, value: number) => (rows[step * RATES + place] = value);
    at(RATE.weights, weightRate);
    at(RATE.momentum, weights.momentum);
    at(RATE.decay, weights.decay);
    at(RATE.clip, weights.clip);
    at(RATE.alpha, rate / (1 - beta1 ** t));
    at(RATE.beta1, beta1);
    at(RATE.beta2, beta2);
    at(RATE.correction2, 1 / (1 - beta2 ** t));
    at(RATE.epsilon, epsilon);
    at(RATE.l2, l2);
    at(RATE.oneMinusBeta1, 1 - beta1);
    at(RATE.oneMinusBeta2, 1 - beta2);
    at(RATE.plainMomentum, Number(!nesterov));
  }
  return rows;
}
