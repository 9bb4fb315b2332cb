import { expect, test } from 'vitest';
import { architectureOf } from '../../../src/engine/create-network';
import { enterStage } from '../../../src/engine/enter-stage';
import { Layout } from '../../../src/engine/layout';
import { initialSnapshot } from '../../../src/engine/snapshot';
import { DEFAULT_SETTINGS } from '../../../src/paper/regime';
import { resolveConfig } from '../../../src/paper/resolve';

const { effective } = resolveConfig({
  ...DEFAULT_SETTINGS,
  method: 'drnas',
  options: ['progressive'],
  scale: 'c8-n1-r8-i64',
});
const [narrow, wide] = [0, 1].map((stage) => new Layout(architectureOf(effective, stage))) as [
  Layout,
  Layout,
];

/** A state in which no two numbers are alike. */
function stateOf() {
  const state = initialSnapshot(narrow, effective, 5);
  const momentum = narrow.build((_, at) => (i) => at + i / 1024);
  const first = state.alpha.map((value) => 2 * value);
  return { ...state, momentum, first, alphaSteps: 12 };
}

/** Of a filter in PyTorch's layout, all taps of an output and an input. */
function tapsOf(values: Float32Array, [, inputs, ...sides]: readonly number[]) {
  const taps = sides.reduce((a, b) => a * b, 1);
  return (output: number, input: number) => {
    const start = (output * inputs! + input) * taps;
    return values.subarray(start, start + taps).join();
  };
}

test('filters keep their channels and get copies of them, momentum the same ones', () => {
  const before = stateOf();
  const after = enterStage(effective, 1, before, 5);
  const named = [before.weights, before.momentum].map((flat) => narrow.toNamed(flat));
  const widened = [after.weights, after.momentum].map((flat) => wide.toNamed(flat));
  const copies: string[] = [];
  let filters = 0;
  wide.parameters.forEach(({ name, shape }, at) => {
    const old = narrow.parameters[at]!;
    expect(old.name).toBe(name);
    if (shape.join() === old.shape.join()) {
      named.forEach((all, i) => expect(widened[i]!.get(name)).toEqual(all.get(name)));
      return;
    }
    if (shape.length !== 4) return;
    filters += 1;
    const [outputs, inputs] = shape as [number, number];
    const [oldOutputs, oldInputs] = old.shape as [number, number];
    expect([outputs, inputs]).toEqual([2 * oldOutputs, 2 * oldInputs]);
    const [weight, momentum] = named.map((all) => tapsOf(all.get(name)!, old.shape));
    const [wideWeight, wideMomentum] = widened.map((all) => tapsOf(all.get(name)!, shape));
    const places = Array.from(
      { length: oldOutputs * oldInputs },
      (_, i) => [Math.floor(i / oldInputs), i % oldInputs] as const,
    );
    const origin = (output: number, input: number) => {
      const taps = wideWeight!(output, input);
      const found = places.filter(([o, i]) => weight!(o, i) === taps);
      expect(found).toHaveLength(1);
      return found[0]!;
    };
    const outputOf = Array.from({ length: outputs }, (_, o) => origin(o, 0)[0]);
    const inputOf = Array.from({ length: inputs }, (_, i) => origin(0, i)[1]);
    expect(outputOf.slice(0, oldOutputs)).toEqual(Array.from(Array(oldOutputs).keys()));
    expect(inputOf.slice(0, oldInputs)).toEqual(Array.from(Array(oldInputs).keys()));
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) {
        expect(wideWeight!(o, i)).toBe(weight!(outputOf[o]!, inputOf[i]!));
        expect(wideMomentum!(o, i)).toBe(momentum!(outputOf[o]!, inputOf[i]!));
      }
    }
    // A bias goes with its outputs.
    const bias = name.replace(/weight$/, 'bias');
    outputOf.forEach((from, o) =>
      expect(widened[1]!.get(bias)![o]).toBe(named[1]!.get(bias)![from]),
    );
    if (oldOutputs > 2) {
      copies.push([outputOf.slice(oldOutputs), inputOf.slice(oldInputs)].join(' '));
    }
  });
  // Both kinds on six edges in three cells.
  expect(filters).toBe(36);
  // Each filter draws its own.
  expect(new Set(copies).size).toBeGreaterThan(12);
});

test('the largest alphas of every edge stay, and so do Adam’s moments', () => {
  const before = stateOf();
  const { alpha, kept, first, second, alphaSteps } = enterStage(effective, 1, before, 5);
  expect([first, second, alphaSteps]).toEqual([before.first, before.second, 12]);
  for (let start = 0; start < 30; start += 5) {
    const row = [...before.alpha.subarray(start, start + 5)];
    const third = [...row].sort((a, b) => b - a)[2]!;
    row.forEach((value, column) => {
      const stays = value >= third;
      expect(kept![start + column]).toBe(Number(stays));
      expect(alpha[start + column]).toBe(stays ? value : 0);
    });
  }
  expect(kept!.reduce((a, b) => a + b)).toBe(18);
});

test('of equal alphas the first stay', () => {
  const { kept } = enterStage(effective, 1, { ...stateOf(), alpha: new Float32Array(30) }, 5);
  expect([...kept!]).toEqual(Array(6).fill([1, 1, 1, 0, 0]).flat());
});

test('a seed makes the same copies, another one others', () => {
  const [once, again, other] = [5, 5, 6].map((seed) => enterStage(effective, 1, stateOf(), seed));
  expect(again).toEqual(once);
  expect(other!.weights).not.toEqual(once!.weights);
});
