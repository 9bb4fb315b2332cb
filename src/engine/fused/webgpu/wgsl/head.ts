import type { Binding, Program } from '../program';
import type { Images } from './run';
import { lanesOf, vector } from './vector';

const read = (type: string, ...names: readonly string[]): Binding[] =>
  names.map((name) => ({ name, access: 'r', type }));
const write = (type: string, ...names: readonly string[]): Binding[] =>
  names.map((name) => ({ name, access: 'w', type }));

/** Bindings: z, moments, scale, shift, `[batch, channels]`. */
export function headPool({ batch, height, width, channels }: Images): Program {
  const l = lanesOf(channels);
  const [X, vectors] = [vector(l), channels / l];
  const pixels = height * width;
  return {
    bindings: [...read(X, 'z', 'moments', 'scale', 'shift'), ...write(X, 'pooled')],
    workgroup: [64, 1],
    groups: Math.ceil((batch * vectors) / 64),
    body: `
  let at = group * 64u + lane;
  if (at < ${batch * vectors}u) {
    let c = at % ${vectors}u;
    let gain = moments[${vectors}u + c] * scale[c];
    var sum = ${X}();
    for (var n = 0u; n < ${pixels}u; n++) {
      let v = z[((at / ${vectors}u) * ${pixels}u + n) * ${vectors}u + c];
      sum += max((v - moments[c]) * gain + shift[c], ${X}());
    }
    pooled[at] = sum * ${1 / pixels}f;
  }`,
  };
}

/** Bindings: z, moments, scale, shift, gradient of the pooled, result. */
export function headPoolInput({ batch, height, width, channels }: Images): Program {
  const l = lanesOf(channels);
  const [X, vectors] = [vector(l), channels / l];
  const pixels = height * width;
  const threads = batch * pixels * vectors;
  return {
    bindings: [...read(X, 'z', 'moments', 'scale', 'shift', 'dPooled'), ...write(X, 'g')],
    workgroup: [64, 1],
    groups: Math.ceil(threads / 64),
    body: `
  let at = group * 64u + lane;
  if (at < ${threads}u) {
    let c = at % ${vectors}u;
    let y = (z[at] - moments[c]) * (moments[${vectors}u + c] * scale[c]) + shift[c];
    let share = dPooled[(at / ${pixels * vectors}u) * ${vectors}u + c] * ${1 / pixels}f;
    g[at] = select(${X}(), share, y > ${X}());
  }`,
  };
}

export interface ClassifierShape {
  readonly batch: number;
  readonly features: number;
  readonly classes: number;
}

/** Bindings: pooled, weight, bias, labels, logits, scores, gradient of the logits. One workgroup. */
export function classify({ batch, features, classes }: ClassifierShape): Program {
  const threads = Math.min(256, Math.max(batch, classes * 8));
  return {
    bindings: [
      ...read('f32', 'pooled', 'weight', 'bias'),
      ...read('i32', 'labels'),
      ...write('f32', 'logits', 'scores', 'dLogits'),
    ],
    workgroup: [threads, 1],
    groups: 1,
    head: `var<workgroup> shares: array<vec2f, ${threads}>;`,
    body: `
  for (var at = lane; at < ${batch * classes}u; at += ${threads}u) {
    let image = at / ${classes}u;
    let k = at % ${classes}u;
    var sum = bias[k];
    for (var f = 0u; f < ${features}u; f++) {
      sum += pooled[image * ${features}u + f] * weight[f * ${classes}u + k];
    }
    logits[at] = sum;
  }
  storageBarrier();
  workgroupBarrier();
  var score = vec2f();
  for (var image = lane; image < ${batch}u; image += ${threads}u) {
    let at = image * ${classes}u;
    let label = u32(labels[image]);
    var most = logits[at];
    var best = 0u;
    for (var k = 1u; k < ${classes}u; k++) {
      if (logits[at + k] > most) { most = logits[at + k]; best = k; }
    }
    var sum = 0f;
    for (var k = 0u; k < ${classes}u; k++) { sum += exp(logits[at + k] - most); }
    for (var k = 0u; k < ${classes}u; k++) {
      let share = exp(logits[at + k] - most) / sum;
      dLogits[at + k] = (share - select(0f, 1f, k == label)) * ${1 / batch}f;
    }
    score += vec2f(log(sum) - (logits[at + label] - most), select(0f, 1f, best == label));
  }
  shares[lane] = score;
  workgroupBarrier();
  if (lane == 0u) {
    var all = score;
    for (var n = 1u; n < ${threads}u; n++) { all += shares[n]; }
    scores[0] = all.x * ${1 / batch}f;
    scores[1] = all.y;
  }`,
  };
}

/** Bindings: gradient of the logits, weight, gradient of the pooled. */
export function classifyInput({ batch, features, classes }: ClassifierShape): Program {
  return {
    bindings: [...read('f32', 'dLogits', 'weight'), ...write('f32', 'dPooled')],
    workgroup: [64, 1],
    groups: Math.ceil((batch * features) / 64),
    body: `
  let at = group * 64u + lane;
  if (at < ${batch * features}u) {
    let image = at / ${features}u;
    let f = at % ${features}u;
    var sum = 0f;
    for (var k = 0u; k < ${classes}u; k++) {
      sum += dLogits[image * ${classes}u + k] * weight[f * ${classes}u + k];
    }
    dPooled[at] = sum;
  }`,
  };
}

/** Bindings: pooled, gradient of the logits, gradients of weight and bias. */
export function classifyWeights({ batch, features, classes }: ClassifierShape): Program {
  const entries = features * classes;
  return {
    bindings: [...read('f32', 'pooled', 'dLogits'), ...write('f32', 'weight', 'bias')],
    workgroup: [64, 1],
    groups: Math.ceil((entries + classes) / 64),
    body: `
  let at = group * 64u + lane;
  let k = at % ${classes}u;
  var sum = 0f;
  if (at < ${entries}u) {
    let f = at / ${classes}u;
    for (var image = 0u; image < ${batch}u; image++) {
      sum += pooled[image * ${features}u + f] * dLogits[image * ${classes}u + k];
    }
    weight[at] = sum;
  } else if (at < ${entries + classes}u) {
    for (var image = 0u; image < ${batch}u; image++) { sum += dLogits[image * ${classes}u + k]; }
    bias[at - ${entries}u] = sum;
  }`,
  };
}

/** Bindings: x, result. */
export function pool2({ batch, height, width, channels }: Images): Program {
  const l = lanesOf(channels);
  const [X, vectors] = [vector(l), channels / l];
  const threads = (batch * height * width * vectors) / 4;
  return {
    bindings: [...read(X, 'x'), ...write(X, 'y')],
    workgroup: [64, 1],
    groups: Math.ceil(threads / 64),
    body: `
  let at = group * 64u + lane;
  if (at < ${threads}u) {
    let c = at % ${vectors}u;
    let pixel = at / ${vectors}u;
    // Rows of all images have an even number, so two of them never belong to two images.
    let first = ((pixel / ${width / 2}u) * ${2 * width}u + (pixel % ${width / 2}u) * 2u) * ${vectors}u + c;
    let above = x[first] + x[first + ${vectors}u];
    let below = x[first + ${width * vectors}u] + x[first + ${(width + 1) * vectors}u];
    y[at] = (above + below) * 0.25f;
  }`,
  };
}

/** `height` and `width` of the result. Bindings: gradient, result; with `add` it holds what is added. */
export function pool2Input(shape: Images & { readonly add: boolean }): Program {
  const { batch, height, width, channels, add } = shape;
  const l = lanesOf(channels);
  const [X, vectors] = [vector(l), channels / l];
  const threads = batch * height * width * vectors;
  return {
    bindings: [...read(X, 'dy'), ...write(X, 'dx')],
    workgroup: [64, 1],
    groups: Math.ceil(threads / 64),
    body: `
  let at = group * 64u + lane;
  if (at < ${threads}u) {
    let c = at % ${vectors}u;
    let pixel = at / ${vectors}u;
    let origin = (pixel / ${2 * width}u) * ${width / 2}u + (pixel % ${width}u) / 2u;
    dx[at] = ${add ? 'dx[at] + ' : ''}dy[origin * ${vectors}u + c] * 0.25f;
  }`,
  };
}
