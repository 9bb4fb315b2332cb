import { EDGES } from '../cell';
import { OPERATIONS } from '../operation';
import type { TableSearcher } from './trials';

/** The documented command's rate; the script's own comment has .001. */
const ADAM = { rate: 0.5, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
const START = 1e-3;
const MOMENTUM = 0.9;

/** REINFORCE (methods, section 15): a softmax for each edge, rewarded with the accuracy in percent. */
export const reinforce: TableSearcher = {
  key: 'reinforce',
  title: 'REINFORCE',
  summary:
    'A softmax for each edge draws cells; what was better than the running mean becomes more likely. ' +
    'The best cell that was drawn counts.',
  search(trials, draws) {
    const logits = EDGES.map(() => OPERATIONS.map(() => START * draws.normal()));
    const first = logits.map((row) => row.map(() => 0));
    const second = logits.map((row) => row.map(() => 0));
    let sum = 0;
    let weight = 0;
    for (let step = 1; !trials.isSpent; step++) {
      const shares = logits.map(softmax);
      const cell = shares.map((row) => drawn(row, draws.uniform()));
      const reward = trials.evaluate(cell);
      // The mean has the reward in it before it is subtracted, as in the reference.
      sum = MOMENTUM * sum + (1 - MOMENTUM) * reward;
      weight = MOMENTUM * weight + (1 - MOMENTUM);
      const advantage = reward - sum / weight;
      for (const [edge, row] of logits.entries()) {
        for (let place = 0; place < row.length; place++) {
          const g = -((place === cell[edge] ? 1 : 0) - shares[edge]![place]!) * advantage;
          row[place]! -= ADAM.rate * direction(first[edge]!, second[edge]!, place, g, step);
        }
      }
    }
  },
};

/** Adam's, whose moments change in place. */
function direction(
  first: number[],
  second: number[],
  at: number,
  gradient: number,
  step: number,
): number {
  const { beta1, beta2, epsilon } = ADAM;
  first[at] = beta1 * first[at]! + (1 - beta1) * gradient;
  second[at] = beta2 * second[at]! + (1 - beta2) * gradient ** 2;
  const m = first[at] / (1 - beta1 ** step);
  return m / (Math.sqrt(second[at] / (1 - beta2 ** step)) + epsilon);
}

function softmax(row: readonly number[]): number[] {
  const largest = Math.max(...row);
  const powers = row.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** The first place up to which the shares add up to more than `uniform`. */
function drawn(shares: readonly number[], uniform: number): number {
  let sum = 0;
  const place = shares.findIndex((share) => (sum += share) > uniform);
  return place < 0 ? shares.length - 1 : place;
}
