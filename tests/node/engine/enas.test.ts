import { describe, expect, test } from 'vitest';
import { RandomStream } from '../../../src/data/random';
import {
  Controller,
  controllerLayout,
  initialController,
} from '../../../src/engine/method/enas/controller';
import type { PolicyState } from '../../../src/engine/method/policy';
import { ENAS_POLICY } from '../../../src/engine/method/enas/policy';

/*
 * The controller against one written down from its definition, float64 and matrix by matrix; gradients by
 * central differences of REINFORCE's loss.
 */

const OPS = 3;
const ROWS = 6 * OPS;
const { size } = controllerLayout(OPS);
const stream = (name: string) => RandomStream.named(5, name);

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** Logarithm of a cell's probability and the sum of the entropies on its way. */
function plain(parameters: readonly number[], cell: readonly number[]) {
  let at = 0;
  const vector = (length: number) => parameters.slice(at, (at += length));
  const matrix = (rows: number) => Array.from({ length: rows }, () => vector(32));
  const times = (m: number[][], x: readonly number[]) =>
    m.map((row) => row.reduce((sum, value, j) => sum + value * x[j]!, 0));
  let input = vector(32);
  const layers = [0, 1].map(() => ({
    ...{ wx: matrix(128), wh: matrix(128), bx: vector(128), bh: vector(128) },
    ...{ h: Array<number>(32).fill(0), c: Array<number>(32).fill(0) },
  }));
  const embedding = matrix(OPS);
  const output = matrix(OPS);
  expect(at).toBe(parameters.length);
  let [logProbability, entropy] = [0, 0];
  for (const op of cell) {
    for (const layer of layers) {
      const [fromX, fromH] = [times(layer.wx, input), times(layer.wh, layer.h)];
      const all = fromX.map((x, g) => x + fromH[g]! + layer.bx[g]! + layer.bh[g]!);
      const [i, f, g, o] = [0, 32, 64, 96].map((from) => all.slice(from, from + 32));
      layer.c = layer.c.map((c, j) => sigmoid(f![j]!) * c + sigmoid(i![j]!) * Math.tanh(g![j]!));
      layer.h = layer.c.map((c, j) => sigmoid(o![j]!) * Math.tanh(c));
      input = layer.h;
    }
    const powers = times(output, input).map((score) => Math.exp(2.5 * Math.tanh(score / 5)));
    const sum = powers.reduce((a, b) => a + b);
    const shares = powers.map((power) => power / sum);
    logProbability += Math.log(shares[op]!);
    entropy -= shares.reduce((all, share) => all + share * Math.log(share), 0);
    input = embedding[op]!;
  }
  return { logProbability, entropy };
}

const start = () => ENAS_POLICY.initial(OPS, stream('init'));
const parametersOf = (alpha: Float32Array) => [...alpha.subarray(ROWS, ROWS + size)];

describe('the controller of ENAS', () => {
  const cells = [
    [0, 1, 2, 0, 1, 2],
    [2, 2, 0, 1, 1, 0],
  ];

  test('chooses as an LSTM written out does', () => {
    const parameters = initialController(OPS, stream('init'));
    // Larger numbers than at the start, so that choices differ.
    const wide = parameters.map((value) => 6 * value);
    const controller = new Controller(wide, OPS);
    for (const cell of cells) {
      const expected = plain([...wide], cell);
      const sample = controller.of(cell);
      expect(sample.logProbability).toBeCloseTo(expected.logProbability, 10);
      expect(sample.entropy).toBeCloseTo(expected.entropy, 10);
    }
    const all = Array.from({ length: OPS ** 6 }, (_, code) =>
      Array.from({ length: 6 }, (_op, edge) => Math.floor(code / OPS ** edge) % OPS),
    );
    const sums = new Array<number>(ROWS).fill(0);
    for (const cell of all) {
      const probability = Math.exp(controller.of(cell).logProbability);
      cell.forEach((op, edge) => (sums[edge * OPS + op]! += probability));
    }
    const marginals = controller.marginals();
    sums.forEach((sum, at) => expect(marginals[at]).toBeCloseTo(sum, 10));
    const counts = new Array<number>(ROWS).fill(0);
    const draws = stream('draws');
    for (let i = 0; i < 2000; i++) {
      controller.sample(draws).cell.forEach((op, edge) => counts[edge * OPS + op]!++);
    }
    marginals.forEach((share, at) =>
      expect(Math.abs(counts[at]! / 2000 - share)).toBeLessThan(0.04),
    );
  });

  test.each([
    { name: 'in the first epoch', steps: 0, baseline: 0 },
    { name: 'against the last epoch’s baseline', steps: 9, baseline: 0.3 },
  ])('learns by the gradient of REINFORCE $name', ({ steps, baseline }) => {
    const alpha = start();
    alpha[ROWS + size] = baseline;
    const zeros = new Float32Array(alpha.length);
    const policy = ENAS_POLICY.open({ alpha, first: zeros, second: zeros, steps }, OPS);
    const accuracies = [0.5, 0.25];
    // So large an epsilon makes the step the gradient itself, in float32 numbers near 0.1.
    const optimiser = { rate: 1e6, beta1: 0, beta2: 0, epsilon: 1e6, l2: 0, init: 0 };
    policy.learn({ cells, accuracies }, optimiser);
    const learned = policy.close();
    expect(learned.steps).toBe(steps + 1);

    const loss = (parameters: readonly number[]) =>
      cells.reduce((sum, cell, i) => {
        const { logProbability, entropy } = plain(parameters, cell);
        const reward = accuracies[i]! + 1e-4 * entropy;
        const b = steps === 0 ? accuracies[i]! : baseline - 0.01 * (baseline - reward);
        return sum - (logProbability * (reward - b)) / cells.length;
      }, 0);
    const before = parametersOf(alpha);
    const after = parametersOf(learned.alpha);
    const choice = stream('entries');
    const entries = Array.from({ length: 60 }, () => choice.int(size));
    // The start input, and the rows behind the LSTM.
    const chosen = [...entries, 0, 31, size - 1, size - 40, size - 6 * 32, size - 4 * 32];
    const slopes = chosen.map((entry) => {
      const moved = (h: number) => before.map((value, i) => (i === entry ? value + h : value));
      return (loss(moved(1e-3)) - loss(moved(-1e-3))) / 2e-3;
    });
    const largest = Math.max(...slopes.map(Math.abs));
    expect(largest).toBeGreaterThan(0);
    const rounding = 1e-8;
    slopes.forEach((slope, i) => {
      const step = before[chosen[i]!]! - after[chosen[i]!]!;
      expect(Math.abs(step - slope)).toBeLessThan(1e-4 * largest + rounding);
    });
    const last = plain(before, cells[1]!);
    const reward = 0.25 + 1e-4 * last.entropy;
    const expected = steps === 0 ? 0.25 : baseline - 0.01 * (baseline - reward);
    expect(learned.alpha[ROWS + size]).toBeCloseTo(expected, 6);
    const marginals = new Controller(Float32Array.from(after), OPS).marginals();
    marginals.forEach((share, at) => expect(learned.alpha[at]).toBeCloseTo(Math.log(share), 5));
  });

  test('comes to prefer what is rewarded', () => {
    const optimiser = { rate: 0.01, beta1: 0, beta2: 0.999, epsilon: 1e-3, l2: 0, init: 0 };
    const alpha = start();
    const zeros = new Float32Array(alpha.length);
    let state: PolicyState = { alpha, first: zeros, second: zeros, steps: 0 };
    const draws = stream('play');
    for (let epoch = 0; epoch < 6; epoch++) {
      const policy = ENAS_POLICY.open(state, OPS);
      for (let update = 0; update < 5; update++) {
        const sampled = Array.from({ length: 20 }, () => policy.sample(draws));
        const accuracies = sampled.map((cell) => cell.filter((op) => op === 2).length / 6);
        policy.learn({ cells: sampled, accuracies }, optimiser);
      }
      state = policy.close();
    }
    const share = (edge: number) => Math.exp(state.alpha[edge * OPS + 2]!);
    for (let edge = 0; edge < 6; edge++) expect(share(edge)).toBeGreaterThan(0.5);
  });
});
