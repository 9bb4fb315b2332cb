import type { RandomStream } from '../../../data/random';
import {
  HIDDEN,
  LAYER,
  layerBack,
  layerStep,
  noState,
  type LayerState,
  type LayerStep,
} from './lstm';

const EDGES = 6;
/** Logits are 2.5 tanh(x / 5). */
const BOUND = 2.5;
const TEMPERATURE = 5;

/** Where the parameters lie. */
export function controllerLayout(ops: number) {
  const start = 0;
  const layers = [start + HIDDEN, start + HIDDEN + LAYER] as const;
  const embedding = layers[1] + LAYER;
  const output = embedding + ops * HIDDEN;
  return { start, layers, embedding, output, size: output + ops * HIDDEN };
}

/**
 * PyTorch's initial values: within 0.1 for the start input, the first layer, the embedding and the output,
 * within 1 / sqrt(hidden) for the rest. Biases are the rest in both layers.
 */
export function initialController(ops: number, stream: RandomStream): Float32Array {
  const { layers, embedding, size } = controllerLayout(ops);
  const biases = 2 * 4 * HIDDEN;
  const wide = (at: number) => at >= layers[1] - biases && at < embedding;
  return Float32Array.from({ length: size }, (_, at) => {
    const bound = wide(at) ? 1 / Math.sqrt(HIDDEN) : 0.1;
    return (2 * stream.uniform() - 1) * bound;
  });
}

/** The state of both layers. */
type State = readonly [LayerState, LayerState];

interface Step {
  readonly layers: readonly [LayerStep, LayerStep];
  /** tanh of the scaled scores, and the probabilities of the operations. */
  readonly squashed: readonly number[];
  readonly shares: readonly number[];
}

/** A cell with how it was chosen. */
export interface Sample {
  /** An operation's place for each edge. */
  readonly cell: readonly number[];
  /** Sum over the edges of the logarithm of the choice's probability. */
  readonly logProbability: number;
  /** Sum over the edges of the entropy. */
  readonly entropy: number;
  readonly steps: readonly Step[];
}

/**
 * The controller of ENAS: an LSTM of two layers chooses an operation for one edge after the other, each
 * seeing those before it.
 */
export class Controller {
  private readonly layout: ReturnType<typeof controllerLayout>;

  /** @param parameters read whenever they are needed */
  constructor(
    private readonly parameters: Float32Array,
    private readonly ops: number,
  ) {
    this.layout = controllerLayout(ops);
  }

  sample(stream: RandomStream): Sample {
    return this.follow((shares) => {
      let left = stream.uniform();
      const at = shares.findIndex((share) => (left -= share) < 0);
      // Rounded shares may add up to a little less than 1.
      return at < 0 ? this.ops - 1 : at;
    });
  }

  /** What a given cell would be as a sample. */
  of(cell: readonly number[]): Sample {
    return this.follow((_shares, edge) => cell[edge]!);
  }

  /** Probability of each operation on each edge, over all cells: `[6 * ops]`. */
  marginals(): Float64Array {
    const sums = new Float64Array(EDGES * this.ops);
    const visit = (edge: number, input: Float64Array, state: State, probability: number) => {
      const { layers, shares } = this.step(input, state);
      shares.forEach((share, op) => {
        sums[edge * this.ops + op]! += probability * share;
        const after: State = [layers[0].after, layers[1].after];
        if (edge + 1 < EDGES) visit(edge + 1, this.embedded(op), after, probability * share);
      });
    };
    visit(0, this.started(), [noState(), noState()], 1);
    return sums;
  }

  /**
   * Adds the gradient of byLogProbability * log probability + byEntropy * entropy of a sample.
   *
   * @param into `[parameters]`
   */
  addGradient(
    { cell, steps }: Sample,
    byLogProbability: number,
    byEntropy: number,
    into: Float64Array,
  ): void {
    const { layout, ops, parameters } = this;
    let states: State = [noState(), noState()];
    for (let edge = EDGES - 1; edge >= 0; edge--) {
      const { layers, squashed, shares } = steps[edge]!;
      const entropy = entropyOf(shares);
      const dTop = { h: states[1].h.slice(), c: states[1].c };
      const top = layers[1].after.h;
      for (let op = 0; op < ops; op++) {
        const share = shares[op]!;
        const logits =
          byLogProbability * (Number(op === cell[edge]) - share) -
          byEntropy * share * (Math.log(share) + entropy);
        const slope = (logits * BOUND * (1 - squashed[op]! ** 2)) / TEMPERATURE;
        const row = layout.output + op * HIDDEN;
        for (let j = 0; j < HIDDEN; j++) {
          into[row + j]! += slope * top[j]!;
          dTop.h[j]! += slope * parameters[row + j]!;
        }
      }
      const second = this.back(1, layers[1], dTop, into);
      const dBottom = { h: plus(states[0].h, second.x), c: states[0].c };
      const first = this.back(0, layers[0], dBottom, into);
      states = [first.before, second.before];
      const input = edge === 0 ? layout.start : layout.embedding + cell[edge - 1]! * HIDDEN;
      for (let j = 0; j < HIDDEN; j++) into[input + j]! += first.x[j]!;
    }
  }

  private back(layer: 0 | 1, step: LayerStep, d: LayerState, into: Float64Array) {
    const from = this.layout.layers[layer];
    return layerBack(this.layer(layer), step, d, into.subarray(from, from + LAYER));
  }

  private follow(choose: (shares: readonly number[], edge: number) => number): Sample {
    const cell: number[] = [];
    const steps: Step[] = [];
    let [logProbability, entropy] = [0, 0];
    let input = this.started();
    let state: State = [noState(), noState()];
    for (let edge = 0; edge < EDGES; edge++) {
      const step = this.step(input, state);
      const op = choose(step.shares, edge);
      logProbability += Math.log(step.shares[op]!);
      entropy += entropyOf(step.shares);
      state = [step.layers[0].after, step.layers[1].after];
      input = this.embedded(op);
      cell.push(op);
      steps.push(step);
    }
    return { cell, logProbability, entropy, steps };
  }

  private step(input: Float64Array, state: State): Step {
    const first = layerStep(this.layer(0), input, state[0]);
    const second = layerStep(this.layer(1), first.after.h, state[1]);
    const squashed = Array.from({ length: this.ops }, (_, op) => {
      const row = this.layout.output + op * HIDDEN;
      let score = 0;
      for (let j = 0; j < HIDDEN; j++) score += this.parameters[row + j]! * second.after.h[j]!;
      return Math.tanh(score / TEMPERATURE);
    });
    const powers = squashed.map((value) => Math.exp(BOUND * value));
    const sum = powers.reduce((a, b) => a + b);
    return { layers: [first, second], squashed, shares: powers.map((power) => power / sum) };
  }

  private layer(layer: 0 | 1): Float32Array {
    const from = this.layout.layers[layer];
    return this.parameters.subarray(from, from + LAYER);
  }

  private started(): Float64Array {
    return this.vector(this.layout.start);
  }

  private embedded(op: number): Float64Array {
    return this.vector(this.layout.embedding + op * HIDDEN);
  }

  private vector(from: number): Float64Array {
    return Float64Array.from(this.parameters.subarray(from, from + HIDDEN));
  }
}

function entropyOf(shares: readonly number[]): number {
  return -shares.reduce((sum, share) => sum + share * Math.log(share), 0);
}

function plus(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + b[i]!);
}
