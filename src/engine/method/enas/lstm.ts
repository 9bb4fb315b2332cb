/** Width of an LSTM layer's input and of its state. */
export const HIDDEN = 32;
const GATES = 4 * HIDDEN;

/** Numbers of a layer: both matrices `[gates, hidden]`, then both biases; gates as PyTorch orders them. */
export const LAYER = 2 * GATES * HIDDEN + 2 * GATES;

/** What a layer hands on from one step to the next. */
export interface LayerState {
  /** `[hidden]` each. */
  readonly h: Float64Array;
  readonly c: Float64Array;
}

/** A step of a layer, with what its way back needs. */
export interface LayerStep {
  readonly x: Float64Array;
  readonly before: LayerState;
  /** Input, forget, cell and output gates, after their functions: `[gates]`. */
  readonly gates: Float64Array;
  readonly after: LayerState;
}

export function noState(): LayerState {
  return { h: new Float64Array(HIDDEN), c: new Float64Array(HIDDEN) };
}

/** @param weights `[LAYER]` */
export function layerStep(weights: Float32Array, x: Float64Array, before: LayerState): LayerStep {
  const gates = new Float64Array(GATES);
  const recurrent = GATES * HIDDEN;
  const bias = 2 * recurrent;
  for (let g = 0; g < GATES; g++) {
    let sum = weights[bias + g]! + weights[bias + GATES + g]!;
    for (let j = 0, at = g * HIDDEN; j < HIDDEN; j++, at++) {
      sum += weights[at]! * x[j]! + weights[recurrent + at]! * before.h[j]!;
    }
    // The third gate is the new content.
    const isContent = g >= 2 * HIDDEN && g < 3 * HIDDEN;
    gates[g] = isContent ? Math.tanh(sum) : 1 / (1 + Math.exp(-sum));
  }
  const after = noState();
  for (let j = 0; j < HIDDEN; j++) {
    const [input, forget, content, output] = gatesOf(gates, j);
    after.c[j] = forget * before.c[j]! + input * content;
    after.h[j] = output * Math.tanh(after.c[j]!);
  }
  return { x, before, gates, after };
}

/**
 * Back through a step: adds to the gradient of the weights.
 *
 * @param d gradient of the state after the step
 * @returns gradients of x and of the state before it
 */
export function layerBack(
  weights: Float32Array,
  { x, before, gates, after }: LayerStep,
  d: LayerState,
  into: Float64Array,
): { readonly x: Float64Array; readonly before: LayerState } {
  const slopes = new Float64Array(GATES);
  const dBefore = noState();
  for (let j = 0; j < HIDDEN; j++) {
    const [input, forget, content, output] = gatesOf(gates, j);
    const squashed = Math.tanh(after.c[j]!);
    const dc = d.c[j]! + d.h[j]! * output * (1 - squashed ** 2);
    slopes[j] = dc * content * input * (1 - input);
    slopes[HIDDEN + j] = dc * before.c[j]! * forget * (1 - forget);
    slopes[2 * HIDDEN + j] = dc * input * (1 - content ** 2);
    slopes[3 * HIDDEN + j] = d.h[j]! * squashed * output * (1 - output);
    dBefore.c[j] = dc * forget;
  }
  const dx = new Float64Array(HIDDEN);
  const recurrent = GATES * HIDDEN;
  const bias = 2 * recurrent;
  for (let g = 0; g < GATES; g++) {
    const slope = slopes[g]!;
    into[bias + g]! += slope;
    into[bias + GATES + g]! += slope;
    for (let j = 0, at = g * HIDDEN; j < HIDDEN; j++, at++) {
      into[at]! += slope * x[j]!;
      into[recurrent + at]! += slope * before.h[j]!;
      dx[j]! += slope * weights[at]!;
      dBefore.h[j]! += slope * weights[recurrent + at]!;
    }
  }
  return { x: dx, before: dBefore };
}

function gatesOf(gates: Float64Array, j: number): readonly [number, number, number, number] {
  return [gates[j]!, gates[HIDDEN + j]!, gates[2 * HIDDEN + j]!, gates[3 * HIDDEN + j]!];
}
