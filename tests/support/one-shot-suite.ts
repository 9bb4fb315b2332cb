import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostBatch } from '../../src/data/augment';
import { rateRows } from '../../src/engine/epoch-plan';
import { RATES } from '../../src/engine/fused/fused';
import { sizeOf, type Kernels } from '../../src/engine/kernels';
import { METHODS } from '../../src/engine/method/registry';
import type { OneShotArchitecture, OneShotLayout } from '../../src/engine/one-shot/layout';
import { OneShotSupernet } from '../../src/engine/one-shot/supernet';
import type { AlphaOptimiser, WeightOptimiser } from '../../src/paper/config';
import {
  ONE_SHOT_1,
  ONE_SHOT_2,
  ONE_SHOT_3,
  type OneShotSpace,
} from '../../src/paper/space/nas-bench-1shot1';
import { oneShotReference } from './one-shot-reference';

const WEIGHTS: WeightOptimiser = {
  rate: 0.025,
  rateMin: 0.001,
  schedule: 'cosine',
  momentum: 0.9,
  decay: 3e-4,
  clip: 5,
};
const ALPHA: AlphaOptimiser = {
  rate: 3e-4,
  beta1: 0.5,
  beta2: 0.999,
  epsilon: 1e-8,
  l2: 1e-3,
  init: 1e-3,
};

/** Eight pixels become five and three. */
export const architecture = (space: OneShotSpace, channels: number, cells = 1) => ({
  space,
  channels,
  cells,
  resolution: 8,
  classes: 10,
});

/** Largest difference over the largest magnitude. */
function relative(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let worst = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i++) {
    worst = Math.max(worst, Math.abs(got[i]! - expected[i]!));
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return worst / Math.max(scale, 1e-12);
}

/** Deterministic numbers in -1..1. */
function noise(length: number, seed: number): Float32Array {
  let state = seed >>> 0 || 1;
  return Float32Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 31 - 1;
  });
}

function randomWeights(layout: OneShotLayout, seed: number): Float32Array {
  const { count } = layout;
  const values = noise(count, seed);
  let next = 0;
  return layout.build(({ fanIn, constant }) => {
    const spread = fanIn === null ? 0.3 : 1 / Math.sqrt(fanIn);
    return () => constant + spread * values[next++]!;
  });
}

function randomBatch(size: number, seed: number): HostBatch {
  return {
    images: noise(size * 8 * 8 * 3, seed),
    labels: Int32Array.from({ length: size }, (_, i) => (i * 7 + seed) % 10),
  };
}

const alphasOf = (net: OneShotSupernet, seed: number) => noise(sizeOf(net.alphaShape), seed);

const placed = (k: Kernels, { images, labels }: HostBatch) => ({
  images: k.upload(images, [labels.length, 8, 8, 3]),
  labels: k.upload(labels, [labels.length]),
});

/** Loss, logits and all gradients. */
async function passOf(
  k: Kernels,
  net: OneShotSupernet,
  flat: Float32Array,
  alpha: Float32Array,
  batch: HostBatch,
) {
  const kept = k.scope(() => {
    const p = net.mixture(k.upload(alpha, net.alphaShape));
    const pass = net.forward(k.upload(flat, [flat.length]), p, placed(k, batch));
    const { weights, mixture } = pass.gradients();
    const alphaGradient = net.mixtureInput(p, mixture);
    const value = { scores: pass.scores, logits: pass.logits, weights, alphaGradient };
    return { keep: Object.values(value), value };
  });
  const loss = (await k.read(kept.scores))[0]!;
  const logits = await k.read(kept.logits);
  const weightGradient = await k.read(kept.weights);
  const alphaGradient = await k.read(kept.alphaGradient);
  k.free(...Object.values(kept));
  return { loss, logits, weightGradient, alphaGradient };
}

/** Forward pass and every gradient equal those of the plain implementation. */
export async function expectParity(k: Kernels, of: OneShotArchitecture): Promise<void> {
  const net = new OneShotSupernet(k, of);
  const flat = randomWeights(net.layout, 11);
  const alpha = alphasOf(net, 5);
  const batch = randomBatch(3, 3);
  const got = await passOf(k, net, flat, alpha, batch);
  await tf.setBackend('cpu');
  const expected = oneShotReference(net.layout, flat, alpha, batch);
  expect(Math.abs(got.loss - expected.loss)).toBeLessThan(1e-5);
  expect(relative(got.logits, expected.logits)).toBeLessThan(1e-4);
  expect(relative(got.alphaGradient, expected.alphaGradient)).toBeLessThan(2e-4);
  const norms = [...expected.weightGradients.values()].map((values) => Math.hypot(...values));
  const largest = Math.max(...norms);
  for (const [key, values] of net.layout.toNamed(got.weightGradient)) {
    const reference = expected.weightGradients.get(key)!;
    const difference = Math.hypot(...values.map((value, i) => value - reference[i]!));
    const scale = Math.max(Math.hypot(...reference), 1e-3 * largest);
    expect(difference / scale, key).toBeLessThan(1e-3);
  }
}

/**
 * The laws of the 1Shot1 supernets on every backend: equal to a plain implementation on stock tfjs
 * and to finite differences; optimiser steps in the order of the space's own code; no tensor left
 * behind; the same bits twice.
 *
 * @param start brings up the backend; called once
 * @param options.spaces by number
 * @param options.channels of the first stage, where the plain implementation is compared
 */
export function oneShotSuite(
  name: string,
  start: () => Promise<Kernels>,
  { spaces, channels }: { readonly spaces: readonly (1 | 2 | 3)[]; readonly channels: number },
): void {
  const chosen = spaces.map((number) => [ONE_SHOT_1, ONE_SHOT_2, ONE_SHOT_3][number - 1]!);
  const [first] = chosen as [OneShotSpace];

  describe(`the 1Shot1 supernets on ${name}`, () => {
    let k: Kernels;
    beforeAll(async () => {
      k = await start();
    });
    afterAll(() => k.dispose());

    const place = (batch: HostBatch) => placed(k, batch);
    const run = (net: OneShotSupernet, ...inputs: [Float32Array, Float32Array, HostBatch]) =>
      passOf(k, net, ...inputs);

    test.each(chosen.map((space) => ({ label: space.label, space })))(
      'forward and every gradient equal the plain reference: $label',
      ({ space }) => expectParity(k, architecture(space, channels, space === first ? 2 : 1)),
    );

    test('gradients equal finite differences of the loss', async () => {
      const net = new OneShotSupernet(k, architecture(first, 2));
      const flat = randomWeights(net.layout, 4);
      const alpha = alphasOf(net, 8);
      const batch = randomBatch(4, 6);
      const { weightGradient, alphaGradient } = await run(net, flat, alpha, batch);
      const lossAt = async (w: Float32Array, a: Float32Array) => (await run(net, w, a, batch)).loss;
      const length = Math.hypot(...weightGradient);
      const side = noise(net.layout.size, 21);
      const direction = weightGradient.map((g, i) => g / length + side[i]! / net.layout.size);
      const slope = direction.reduce((sum, d, i) => sum + d * weightGradient[i]!, 0);
      const along = (h: number) =>
        lossAt(
          flat.map((w, i) => w + h * direction[i]!),
          alpha,
        );
      const h = 2e-3;
      const measured = ((await along(h)) - (await along(-h))) / (2 * h);
      expect(Math.abs(measured / slope - 1)).toBeLessThan(0.02);
      const scale = Math.max(...alphaGradient.map(Math.abs));
      // An operation, the output, an input.
      for (const index of [4, 13, alpha.length - 1]) {
        const shifted = (by: number) => alpha.map((a, i) => (i === index ? a + by : a));
        const rise = (await lossAt(flat, shifted(h))) - (await lossAt(flat, shifted(-h)));
        const difference = Math.abs(rise / (2 * h) - alphaGradient[index]!);
        expect(difference, `alpha ${index}`).toBeLessThan(0.02 * scale);
      }
    });

    test('three steps: alpha before weights, plain momentum, every batch norm trained', async () => {
      const net = new OneShotSupernet(k, architecture(first, 2));
      const { layout } = net;
      const start = randomWeights(layout, 2);
      const alphaStart = alphasOf(net, 9).map((value) => 0.1 * value);
      const plain = plainSearch(layout, start, alphaStart);
      const put = (values: Float32Array, shape: readonly number[]) =>
        k.keep(k.upload(values.slice(), shape));
      const zeros = (shape: readonly number[]) => put(new Float32Array(sizeOf(shape)), shape);
      const state = {
        sgd: { weights: put(start, [layout.size]), momentum: zeros([layout.size]) },
        adam: {
          alpha: put(alphaStart, net.alphaShape),
          first: zeros(net.alphaShape),
          second: zeros(net.alphaShape),
        },
      };
      const plan = { batch: 1, images: 3, train: new Int32Array(3), alpha: null };
      const rates = { weightRate: WEIGHTS.rate, weights: WEIGHTS, alphaOptimiser: ALPHA };
      const rows = rateRows({ ...plan, ...rates }, 0, net.recipe.nesterov);
      const counter = k.keep(k.upload(Int32Array.of(0), [1]));
      const clock = { step: 0, rows, table: put(rows, [3, RATES]), counter };
      for (; clock.step < 3; clock.step++) {
        k.write(counter, Int32Array.of(clock.step));
        const [train, valid] = [randomBatch(2, 100 + clock.step), randomBatch(2, 200 + clock.step)];
        k.scope(() => {
          const input = { train: place(train), valid: place(valid), clock };
          METHODS['darts-v1'].step(k, net, state, { ...input, noise: null });
          return { keep: [], value: undefined };
        });
        await tf.setBackend('cpu');
        plain.step(train, valid);
      }
      expect(relative(plain.weights, start)).toBeGreaterThan(0.02);
      expect(relative(await k.read(state.sgd.weights), plain.weights)).toBeLessThan(2e-3);
      const alpha = await k.read(state.adam.alpha);
      plain.alpha.forEach((value, i) => expect(Math.abs(alpha[i]! - value)).toBeLessThan(2e-5));
      const trained = layout.toNamed(await k.read(state.sgd.weights));
      const initial = layout.toNamed(start);
      for (const { name, fanIn } of layout.parameters) {
        if (fanIn !== null) continue;
        expect(relative(trained.get(name)!, initial.get(name)!), name).toBeGreaterThan(1e-4);
      }
    });

    test('computing cells twice changes no bit; a pass leaves nothing behind and repeats', async () => {
      const net = new OneShotSupernet(k, architecture(first, 4, 2));
      const flat = randomWeights(net.layout, 4);
      const alpha = alphasOf(net, 8);
      const batch = randomBatch(3, 6);
      k.resetPeak();
      const kept = await run(net, flat, alpha, batch);
      const keptBytes = k.peakBytes;
      const count = k.count;
      k.resetPeak();
      const twice = new OneShotSupernet(k, net.architecture, true);
      expect(await run(twice, flat, alpha, batch)).toEqual(kept);
      expect(k.peakBytes).toBeLessThan(0.9 * keptBytes);
      expect(await run(net, flat, alpha, batch)).toEqual(kept);
      expect(k.count).toBe(count);
    });
  });
}

/** Adam, then SGD with plain momentum, over host arrays with the reference's gradients. */
function plainSearch(layout: OneShotLayout, start: Float32Array, alphaStart: Float32Array) {
  const weights = Float64Array.from(start);
  const momentum = new Float64Array(start.length);
  const alpha = Float64Array.from(alphaStart);
  const first = new Float64Array(alpha.length);
  const second = new Float64Array(alpha.length);
  let steps = 0;
  const pass = (batch: HostBatch) =>
    oneShotReference(layout, Float32Array.from(weights), Float32Array.from(alpha), batch);
  return {
    weights,
    alpha,
    step(train: HostBatch, valid: HostBatch): void {
      steps += 1;
      pass(valid).alphaGradient.forEach((value, i) => {
        const g = value + ALPHA.l2 * alpha[i]!;
        first[i] = ALPHA.beta1 * first[i]! + (1 - ALPHA.beta1) * g;
        second[i] = ALPHA.beta2 * second[i]! + (1 - ALPHA.beta2) * g * g;
        const m = first[i] / (1 - ALPHA.beta1 ** steps);
        const s = second[i] / (1 - ALPHA.beta2 ** steps);
        alpha[i]! -= (ALPHA.rate * m) / (Math.sqrt(s) + ALPHA.epsilon);
      });
      const gradients = pass(train).weightGradients;
      const flat = new Float64Array(weights.length);
      for (const { name, shape, place } of layout.parameters) {
        const values = gradients.get(name)!;
        for (let i = 0; i < sizeOf(shape); i++) flat[place(i)] = values[i]!;
      }
      const factor = Math.min(1, WEIGHTS.clip / (Math.hypot(...flat) + 1e-6));
      flat.forEach((value, i) => {
        momentum[i] =
          WEIGHTS.momentum * momentum[i]! + value * factor + WEIGHTS.decay * weights[i]!;
        weights[i]! -= WEIGHTS.rate * momentum[i];
      });
    },
  };
}
