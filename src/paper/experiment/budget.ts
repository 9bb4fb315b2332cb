import { stepsPerEpoch as stepsOf } from '../scale';
import type { Scale } from '../config';
import { rateAt } from '../schedule';
import { spaceByKey } from '../space/registry';
import type { Arm } from './arm';

/** How far a run can move its parameters: rates times steps. */
export interface Budget {
  /** Steps of the whole run, warm-up included. */
  readonly steps: number;
  /** Sum of the weight rate over the joint steps. */
  readonly weights: number;
  /** Alpha's rate times the joint steps: the farthest that Adam can carry an entry. */
  readonly alpha: number;
  /** Weights to alpha: what has to be equal, or shrink alike, in all arms of a scale. */
  readonly ratio: number;
}

/** eta_min of the default cosine, at full scale. */
const RATE_MIN = 1e-3;

/** Budget of an arm as the paper runs it: 259, 5.9 and 44 : 1 in the baseline. */
export function paperBudget(arm: Arm): Budget {
  const { images, batch } = spaceByKey(arm.values.space).recipe;
  return budget(arm, stepsOf({ images, batch }), 1, 1);
}

/** Budget of an arm at a scale. */
export function scaledBudget(arm: Arm, scale: Scale): Budget {
  return budget(arm, stepsOf(scale), scale.weightFactor, scale.alphaFactor);
}

function budget({ values }: Arm, steps: number, weightFactor: number, alphaFactor: number): Budget {
  const { warmup, epochs, weightRate: rate, weightSchedule: schedule, alphaRate } = values;
  let sum = 0;
  for (let epoch = 0; epoch < epochs; epoch++) {
    sum += rateAt({ rate, rateMin: RATE_MIN, schedule }, epoch, epochs);
  }
  const weights = weightFactor * steps * sum;
  const alpha = alphaFactor * steps * epochs * alphaRate;
  return { steps: steps * (warmup + epochs), weights, alpha, ratio: weights / alpha };
}
