import type { AlphaOptimiser } from '../../../paper/config';
import type { CellPolicy, PolicyRule, PolicyState, Rewarded } from '../policy';
import { Controller, controllerLayout, initialController } from './controller';

const ENTROPY = 1e-4;
/** Share of the way from the last epoch's baseline to a reward. */
const TRACKING = 0.01;
const CLIP = 5;

const EDGES = 6;

/**
 * The controller of ENAS and how it learns (methods, section 14): REINFORCE with an entropy bonus whose
 * gradient is not cut off, against a baseline that moves once an epoch.
 *
 * Its state: the logarithms of its marginals, its parameters, the baseline.
 */
class EnasPolicy implements CellPolicy {
  private readonly controller: Controller;
  private readonly parameters: Float32Array;
  private readonly first: Float32Array;
  private readonly second: Float32Array;
  private readonly baseline: number;
  private last: number;
  private steps: number;

  constructor(
    private readonly state: PolicyState,
    private readonly ops: number,
  ) {
    const from = EDGES * ops;
    const to = from + controllerLayout(ops).size;
    this.parameters = state.alpha.slice(from, to);
    this.first = state.first.slice(from, to);
    this.second = state.second.slice(from, to);
    this.last = this.baseline = state.alpha[to]!;
    this.steps = state.steps;
    this.controller = new Controller(this.parameters, ops);
  }

  sample(stream: Parameters<CellPolicy['sample']>[0]): readonly number[] {
    return this.controller.sample(stream).cell;
  }

  learn({ cells, accuracies }: Rewarded, optimiser: AlphaOptimiser): void {
    const gradient = new Float64Array(this.parameters.length);
    // Before the first epoch has ended, the baseline is the accuracy itself.
    const young = this.state.steps === 0;
    cells.forEach((cell, i) => {
      const accuracy = accuracies[i]!;
      const sample = this.controller.of(cell);
      const reward = accuracy + ENTROPY * sample.entropy;
      const baseline = young ? accuracy : this.baseline - TRACKING * (this.baseline - reward);
      const share = 1 / cells.length;
      const byEntropy = ENTROPY * (young ? 1 : 1 - TRACKING);
      this.controller.addGradient(
        sample,
        -share * (reward - baseline),
        -share * sample.logProbability * byEntropy,
        gradient,
      );
      this.last = baseline;
    });
    this.adam(gradient, optimiser);
  }

  close(): PolicyState {
    const { state, ops, parameters, steps } = this;
    const from = EDGES * ops;
    const behind = (values: Float32Array, into: Float32Array) => {
      into.set(values, from);
      return into;
    };
    const alpha = behind(parameters, new Float32Array(state.alpha.length));
    alpha.set(this.controller.marginals().map(Math.log));
    alpha[from + parameters.length] = this.last;
    return {
      alpha,
      first: behind(this.first, new Float32Array(alpha.length)),
      second: behind(this.second, new Float32Array(alpha.length)),
      steps,
    };
  }

  private adam(gradient: Float64Array, { rate, beta1, beta2, epsilon }: AlphaOptimiser): void {
    const { parameters, first, second } = this;
    const t = ++this.steps;
    const factor = Math.min(1, CLIP / (Math.hypot(...gradient) + 1e-6));
    for (let i = 0; i < gradient.length; i++) {
      const g = factor * gradient[i]!;
      first[i] = beta1 * first[i]! + (1 - beta1) * g;
      second[i] = beta2 * second[i]! + (1 - beta2) * g * g;
      const spread = Math.sqrt(second[i]! / (1 - beta2 ** t)) + epsilon;
      parameters[i]! -= (rate * first[i]!) / (1 - beta1 ** t) / spread;
    }
  }
}

export const ENAS_POLICY: PolicyRule = {
  updates: 50,
  cells: 20,
  size: (ops) => EDGES * ops + controllerLayout(ops).size + 1,
  initial(ops, stream) {
    const parameters = initialController(ops, stream);
    const logs = new Controller(parameters, ops).marginals().map(Math.log);
    return Float32Array.of(...logs, ...parameters, 0);
  },
  open: (state, ops) => new EnasPolicy(state, ops),
};
