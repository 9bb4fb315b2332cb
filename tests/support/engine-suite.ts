import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostBatch } from '../../src/data/augment';
import type { Kernels } from '../../src/engine/kernels';
import { sizeOf } from '../../src/engine/kernels';
import type { Architecture, Layout } from '../../src/engine/layout';
import { rateRows } from '../../src/engine/epoch-plan';
import { RATES } from '../../src/engine/fused/fused';
import { amendedGradient } from '../../src/engine/method/amended-darts';
import { probe, probeWidth } from '../../src/engine/alpha-probe';
import { alphaPairs, hessianOf } from '../../src/engine/hessian';
import { largestEigenvalue } from '../../src/paper/eigenvalue';
import { unrolledGradient } from '../../src/engine/method/darts-v2';
import { PartialSupernet } from '../../src/engine/partial/supernet';
import { ProgressiveSupernet } from '../../src/engine/partial/progressive';
import { StagedSupernet } from '../../src/engine/staged-supernet';
import { Supernet } from '../../src/engine/supernet';
import type { AlphaOptimiser, WeightOptimiser } from '../../src/paper/config';
import { OPERATIONS, type Operation } from '../../src/paper/operation';
import { referencePass } from '../../src/engine/reference/edge-by-edge';
import { golden, goldenBatch, goldenValue } from './golden';

/* One acceptance suite for every backend. */

const WEIGHTS: WeightOptimiser = {
  rate: 0.025,
  rateMin: 0.001,
  schedule: 'cosine',
  momentum: 0.9,
  decay: 5e-4,
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

const GOLDEN: Architecture = {
  channels: golden.C,
  cells: golden.N,
  resolution: golden.resolution,
  ops: OPERATIONS,
  classes: 10,
};

interface Summary {
  readonly l2: number;
  readonly sum: number;
  readonly first: readonly number[];
}

/** Norm, sum and first elements agree to 1e-4 of the tensor's norm, or to rounding of the largest. */
function expectSummaries(
  named: Map<string, Float32Array>,
  expected: Record<string, Summary>,
  floor: number,
): void {
  expect([...named.keys()]).toEqual(Object.keys(expected));
  for (const [name, { l2, sum, first }] of Object.entries(expected)) {
    const values = named.get(name)!;
    const tolerance = 1e-4 * Math.max(l2, floor);
    expect(Math.abs(Math.hypot(...values) - l2), `${name} l2`).toBeLessThan(tolerance);
    const total = values.reduce((a, b) => a + b, 0);
    const sumTolerance = tolerance * Math.sqrt(values.length);
    expect(Math.abs(total - sum), `${name} sum`).toBeLessThan(sumTolerance);
    first.forEach((value, i) =>
      expect(Math.abs(values[i]! - value), `${name}[${i}]`).toBeLessThan(tolerance),
    );
  }
}

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

/** Deterministic numbers in -1..1, enough unlike each other for a test of gradients. */
function noise(length: number, seed: number): Float32Array {
  let state = seed >>> 0 || 1;
  return Float32Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 31 - 1;
  });
}

function randomWeights(layout: Layout, seed: number): Float32Array {
  const { count } = layout;
  const values = noise(count, seed);
  return layout.build(({ fanIn, constant }) => {
    const spread = fanIn === null ? 0.2 : 1 / Math.sqrt(fanIn);
    let i = 0;
    return () => constant + spread * values[(i++ * 7919 + count) % count]!;
  });
}

function randomBatch(size: number, resolution: number, seed: number): HostBatch {
  return {
    images: noise(size * resolution * resolution * 3, seed),
    labels: Int32Array.from({ length: size }, (_, i) => (i * 7 + seed) % 10),
  };
}

/** Operations of which each leaves out other parts of a cell's passes. */
export const SUBSETS: readonly (readonly Operation[])[] = [
  ['none', 'nor_conv_1x1', 'nor_conv_3x3', 'avg_pool_3x3'],
  ['none', 'skip_connect'],
  ['skip_connect', 'avg_pool_3x3'],
  ['none', 'nor_conv_3x3'],
];

/** What the plain implementations come to, by the name of what is compared with them. */
const known = new Map<string, unknown>();

/**
 * The same for every backend that a test file opens: slow, and worked out for the first of them alone.
 *
 * @param name says what `compute` depends on
 */
async function expectedOf<Result>(name: string, compute: () => Result): Promise<Result> {
  if (!known.has(name)) {
    await tf.setBackend('cpu');
    known.set(name, compute());
  }
  return known.get(name) as Result;
}

interface Case {
  readonly name: string;
  readonly architecture: Architecture;
  readonly batch: number;
  /** `alike`: edges have no weights of their own in spite of partial channels; `staged`: alphas for each stage. */
  readonly kind?: 'alike' | 'staged';
}

/*
 * A kernel is compiled for the shapes of its images and weights, whatever the number of cells. Tests
 * share these: an emulated GPU takes a tenth of a second for a kernel, and a net has a hundred of them.
 */

/** Two channels: half a vector. */
const NARROW = { ...GOLDEN, channels: 2 };
const PARTIAL = { ...GOLDEN, channels: 8, partial: 4 };
const ALIKE = { ...GOLDEN, partial: 2 };
const ODD_BATCH = 3;

const casesOf = (subsets: readonly (readonly Operation[])[]): readonly Case[] => [
  { name: 'all operations', architecture: GOLDEN, batch: 4 },
  {
    name: 'two cells a stage, odd batch',
    architecture: { ...NARROW, cells: 2 },
    batch: ODD_BATCH,
  },
  { name: 'alphas for each stage', architecture: GOLDEN, batch: 4, kind: 'staged' },
  { name: 'partial channels', architecture: PARTIAL, batch: ODD_BATCH },
  {
    name: 'partial channels, all edges alike',
    architecture: ALIKE,
    batch: ODD_BATCH,
    kind: 'alike',
  },
  ...subsets.map((ops) => ({ name: ops.join(' '), architecture: { ...GOLDEN, ops }, batch: 4 })),
];

/**
 * The laws that every backend keeps: equal to PyTorch, to a plain implementation on stock tfjs and to
 * finite differences; no tensor left behind; the same bits twice.
 *
 * @param start brings up the backend; called once
 * @param subsets of the operations to be compared edge by edge, beside all of them
 * @param hessian whether it is measured, which takes the slow backends long
 */
export function engineSuite(
  name: string,
  start: () => Promise<Kernels>,
  { subsets = SUBSETS, hessian = true } = {},
): void {
  describe(`the engine on ${name}`, () => {
    let k: Kernels;
    // Opening an emulated GPU compiles the self-test.
    beforeAll(async () => {
      k = await start();
    }, 120_000);
    afterAll(() => k.dispose());

    const place = ({ images, labels }: HostBatch) => {
      const size = Math.sqrt(images.length / labels.length / 3);
      return {
        images: k.upload(images, [labels.length, size, size, 3]),
        labels: k.upload(labels, [labels.length]),
      };
    };

    const supernetOf = (architecture: Architecture, recompute = false, kind?: Case['kind']) => {
      if (kind === 'alike') return new ProgressiveSupernet(k, architecture, recompute);
      const Plain = kind === 'staged' ? StagedSupernet : Supernet;
      return new (architecture.partial ? PartialSupernet : Plain)(k, architecture, recompute);
    };

    /** Bilevel steps on batches of the host, with the rates of a run's first epoch. */
    const searcher = (supernet: Supernet, weights: Float32Array, alpha: Float32Array) => {
      const put = (values: Float32Array, shape: number[]) => k.keep(k.upload(values, shape));
      const zeros = () => put(new Float32Array(alpha.length), [6, alpha.length / 6]);
      const sgd = {
        weights: put(weights, [weights.length]),
        momentum: put(new Float32Array(weights.length), [weights.length]),
      };
      const adam = {
        alpha: put(alpha, [6, alpha.length / 6]),
        first: zeros(),
        second: zeros(),
      };
      const plan = { batch: 1, images: 10, train: new Int32Array(10), alpha: null };
      const rates = { weightRate: WEIGHTS.rate, weights: WEIGHTS, alphaOptimiser: ALPHA };
      const rows = rateRows({ ...plan, ...rates }, 0);
      const table = put(rows, [10, RATES]);
      const counter = k.keep(k.upload(Int32Array.of(0), [1]));
      const clock = { step: 0, rows, table, counter };
      const step = async (train: HostBatch, valid: HostBatch) => {
        k.write(counter, Int32Array.of(clock.step));
        const kept = k.scope(() => {
          const p = k.fused.softmax(adam.alpha);
          const pass = supernet.forward(sgd.weights, p, place(train));
          const norm = k.fused.sgd(sgd, pass.weightGradient(), clock);
          const alphaPass = supernet.forward(sgd.weights, p, place(valid));
          k.fused.adam(adam, k.fused.softmaxInput(p, alphaPass.mixtureGradient()), clock);
          const value = { train: pass.scores, norm, valid: alphaPass.scores };
          return { keep: Object.values(value), value };
        });
        clock.step += 1;
        const [trainLoss, norm, validLoss] = [
          (await k.read(kept.train))[0]!,
          (await k.read(kept.norm))[0]!,
          (await k.read(kept.valid))[0]!,
        ];
        k.free(...Object.values(kept));
        return { trainLoss, norm, validLoss };
      };
      return { sgd, adam, clock, step };
    };

    const run = async (
      supernet: Supernet,
      flat: Float32Array,
      alpha: Float32Array,
      batch: HostBatch,
    ) => {
      const kept = k.scope(() => {
        const p = supernet.mixture(k.upload(alpha, supernet.alphaShape));
        const pass = supernet.forward(k.upload(flat, [flat.length]), p, place(batch));
        const { weights, mixture } = pass.gradients();
        const alphaGradient = supernet.mixtureInput(p, mixture);
        const value = { scores: pass.scores, logits: pass.logits, weights, alphaGradient };
        return { keep: Object.values(value), value };
      });
      const loss = (await k.read(kept.scores))[0]!;
      const logits = await k.read(kept.logits);
      const weightGradient = await k.read(kept.weights);
      const alphaGradient = await k.read(kept.alphaGradient);
      k.free(...Object.values(kept));
      return { loss, logits, weightGradient, alphaGradient };
    };

    test('loss, logits and gradients equal PyTorch in float64', async () => {
      const supernet = new Supernet(k, GOLDEN);
      expect(supernet.layout.count).toBe(golden.parameters);
      const flat = supernet.layout.build(goldenValue);
      const alpha = Float32Array.from(golden.alpha0.flat());
      const train = await run(supernet, flat, alpha, goldenBatch(0));
      expect(train.loss).toBeCloseTo(golden.train.loss, 5);
      expect(relative(train.logits, golden.train.logits.flat())).toBeLessThan(1e-5);
      expect(relative(train.alphaGradient, golden.train.alpha_grad.flat())).toBeLessThan(1e-4);
      const named = supernet.layout.toNamed(train.weightGradient);
      expectSummaries(named, golden.train.weight_grads, 0.02);
      const valid = await run(supernet, flat, alpha, goldenBatch(1));
      expect(valid.loss).toBeCloseTo(golden.valid.loss, 5);
      expect(relative(valid.alphaGradient, golden.valid.alpha_grad.flat())).toBeLessThan(1e-4);
    });

    test('three bilevel steps equal PyTorch in float64', async () => {
      const supernet = new Supernet(k, GOLDEN);
      const start = supernet.layout.build(goldenValue);
      const { sgd, adam, step } = searcher(
        supernet,
        start,
        Float32Array.from(golden.alpha0.flat()),
      );
      for (const expected of golden.three_bilevel_steps) {
        const { trainLoss, norm, validLoss } = await step(goldenBatch(0), goldenBatch(1));
        expect(trainLoss).toBeCloseTo(expected.train_loss, 4);
        expect(norm).toBeCloseTo(expected.grad_norm, 3);
        expect(validLoss).toBeCloseTo(expected.valid_loss, 4);
        // One Adam step moves alpha by 3e-4; 1e-3 of the largest alpha would hide a wrong one.
        const alpha = await k.read(adam.alpha);
        expected.alpha
          .flat()
          .forEach((value, i) => expect(Math.abs(alpha[i]! - value)).toBeLessThan(3e-6));
        const named = supernet.layout.toNamed(await k.read(sgd.weights));
        expectSummaries(named, expected.weights, 0.02);
      }
    });

    test.each([
      {
        name: 'DARTS-V2',
        rule: unrolledGradient,
        expected: golden.darts_v2.alpha_grad.flat(),
      },
      {
        name: 'Amended-DARTS',
        rule: amendedGradient,
        expected: golden.amended.g1.flat().map((g, i) => g + golden.amended.g2.flat()[i]!),
      },
    ])('the alpha gradient of $name equals PyTorch in float64', async ({ rule, expected }) => {
      const supernet = new Supernet(k, GOLDEN);
      const start = supernet.layout.build(goldenValue);
      const alpha = Float32Array.from(golden.alpha0.flat());
      const { sgd, adam, clock } = searcher(supernet, start, alpha);
      const gradient = k.scope(() => {
        const [train, valid] = [place(goldenBatch(0)), place(goldenBatch(1))];
        const input = { train, valid, clock, noise: null };
        const { gradient: tensor } = rule(k, supernet, { sgd, adam }, input, valid);
        return { keep: [tensor], value: tensor };
      });
      const got = await k.read(gradient);
      k.free(gradient);
      // Differences of float32 gradients.
      expect(relative(got, expected)).toBeLessThan(5e-3);
      // The state is what it was.
      expect(await k.read(sgd.weights)).toEqual(start);
    });

    test.runIf(hessian)('the Hessian by alpha has the eigenvalues of PyTorch’s', async () => {
      const alpha = Float32Array.from(golden.alpha0.flat());
      const pairs = alphaPairs(alpha);
      const width = probeWidth(alpha.length);
      const differenceAt = async (entry: number, recompute = false) => {
        const supernet = new Supernet(k, GOLDEN, recompute);
        const flat = supernet.layout.build(goldenValue);
        const { plus, minus } = pairs[entry]!;
        const tables = new Float32Array(width);
        [alpha, plus, minus].forEach((table, at) => tables.set(table, (at * width) / 3));
        const difference = k.scope(() => {
          const weights = k.upload(flat, [flat.length]);
          const noise = k.upload(tables, [width]);
          const found = probe(k, supernet, weights, place(goldenBatch(1)), noise);
          return { keep: [found.difference], value: found.difference };
        });
        const values = await k.read(difference);
        k.free(difference);
        return values;
      };
      const differences = [await differenceAt(0)];
      // The constants of the backend are there by now.
      const { count } = k;
      for (let entry = 1; entry < alpha.length; entry++) {
        differences.push(await differenceAt(entry));
      }
      expect(await differenceAt(0, true)).toEqual(differences[0]);
      expect(k.count).toBe(count);
      const hessian = hessianOf(pairs, differences);
      const { largest, smallest, trace } = golden.hessian_alpha;
      expect(Math.abs(largestEigenvalue(hessian) / largest - 1)).toBeLessThan(3e-4);
      const opposite = hessian.map((row) => row.map((value) => -value));
      expect(Math.abs(-largestEigenvalue(opposite) / smallest - 1)).toBeLessThan(3e-4);
      const sum = hessian.reduce((total, row, i) => total + row[i]!, 0);
      expect(Math.abs(sum / trace - 1)).toBeLessThan(2e-3);
    });

    test.each(casesOf(subsets))(
      'forward and every gradient equal the edge-by-edge reference: $name',
      async ({ name, architecture, batch, kind }: Case) => {
        const supernet = supernetOf(architecture, false, kind);
        const flat = randomWeights(supernet.layout, 11);
        const alpha = noise(sizeOf(supernet.alphaShape), 5);
        const images = randomBatch(batch, architecture.resolution, 3);
        const got = await run(supernet, flat, alpha, images);
        const expected = await expectedOf(name, () =>
          referencePass(supernet.layout, flat, alpha, images),
        );
        expect(Math.abs(got.loss - expected.loss)).toBeLessThan(1e-5);
        expect(relative(got.logits, expected.logits)).toBeLessThan(1e-4);
        expect(relative(got.alphaGradient, expected.alphaGradient)).toBeLessThan(2e-4);
        const largest = Math.max(
          ...[...expected.weightGradients.values()].map((values) => Math.hypot(...values)),
        );
        for (const [key, values] of supernet.layout.toNamed(got.weightGradient)) {
          const reference = expected.weightGradients.get(key)!;
          const difference = Math.hypot(...values.map((value, i) => value - reference[i]!));
          const scale = Math.max(Math.hypot(...reference), 1e-3 * largest);
          expect(difference / scale, key).toBeLessThan(1e-3);
        }
      },
    );

    test('ten optimiser steps equal the reference with plain optimisers', async () => {
      const supernet = new Supernet(k, NARROW);
      const { layout } = supernet;
      const start = randomWeights(layout, 2);
      const alphaStart = noise(30, 9).map((value) => 0.1 * value);
      const batches = Array.from({ length: 10 }, (_, i) => ({
        train: randomBatch(ODD_BATCH, 8, 100 + i),
        valid: randomBatch(ODD_BATCH, 8, 200 + i),
      }));
      const { sgd, adam, step } = searcher(supernet, start, alphaStart);
      for (const { train, valid } of batches) await step(train, valid);
      const plain = await expectedOf('ten optimiser steps', () => {
        const search = plainSearch(layout, start, alphaStart);
        for (const { train, valid } of batches) search.step(train, valid);
        return search;
      });
      const moved = relative(plain.weights, start);
      expect(moved).toBeGreaterThan(0.05);
      expect(relative(await k.read(sgd.weights), plain.weights)).toBeLessThan(2e-3);
      const alpha = await k.read(adam.alpha);
      // Ten Adam steps move alpha by up to 3e-3.
      plain.alpha.forEach((value, i) => expect(Math.abs(alpha[i]! - value)).toBeLessThan(5e-5));
    });

    test('gradients equal finite differences of the loss', async () => {
      const supernet = new Supernet(k, NARROW);
      const { layout } = supernet;
      const flat = randomWeights(layout, 4);
      const alpha = noise(30, 8);
      // Images at which no unit of a ReLU near to 0 spoils the slope.
      const batch = randomBatch(ODD_BATCH, 8, 7);
      const { weightGradient, alphaGradient } = await run(supernet, flat, alpha, batch);
      const lossAt = async (w: Float32Array, a: Float32Array) =>
        (await run(supernet, w, a, batch)).loss;
      for (const seed of [21]) {
        // Along the gradient and a random direction beside it, so that the slope is not all noise.
        const length = Math.hypot(...weightGradient);
        const side = noise(layout.size, seed);
        const direction = weightGradient.map((g, i) => g / length + side[i]! / layout.size);
        const slope = direction.reduce((sum, d, i) => sum + d * weightGradient[i]!, 0);
        const h = 2e-3;
        const plus = await lossAt(
          flat.map((w, i) => w + h * direction[i]!),
          alpha,
        );
        const minus = await lossAt(
          flat.map((w, i) => w - h * direction[i]!),
          alpha,
        );
        expect(Math.abs((plus - minus) / (2 * h) / slope - 1)).toBeLessThan(0.02);
      }
      const scale = Math.max(...alphaGradient.map(Math.abs));
      for (const index of [7, 13, 29]) {
        const h = 0.02;
        const shifted = (sign: number) => alpha.map((a, i) => (i === index ? a + sign * h : a));
        const slope =
          ((await lossAt(flat, shifted(1))) - (await lossAt(flat, shifted(-1)))) / (2 * h);
        expect(Math.abs(slope - alphaGradient[index]!), `alpha ${index}`).toBeLessThan(
          0.02 * scale,
        );
      }
    });

    test.each([
      { channels: 'all channels', architecture: GOLDEN, size: 4, saved: 0.15 },
      { channels: 'partial channels', architecture: PARTIAL, size: ODD_BATCH, saved: 0.1 },
      {
        channels: 'partial channels, all edges alike',
        architecture: ALIKE,
        size: ODD_BATCH,
        saved: 0.1,
        kind: 'alike' as const,
      },
    ])('computing cells twice saves memory and changes no bit: $channels', async (example) => {
      const { size, saved, kind } = example;
      const architecture = { ...example.architecture, cells: 3 };
      const supernet = supernetOf(architecture, false, kind);
      const flat = randomWeights(supernet.layout, 4);
      const alpha = noise(sizeOf(supernet.alphaShape), 8);
      const batch = randomBatch(size, 8, 6);
      const measured = async (net: Supernet) => {
        // Constants of other tests are alive here, too.
        k.resetPeak();
        const before = k.peakBytes;
        const result = await run(net, flat, alpha, batch);
        return { result, bytes: k.peakBytes - before };
      };
      const kept = await measured(supernet);
      const recomputed = await measured(supernetOf(architecture, true, kind));
      expect(recomputed.result).toEqual(kept.result);
      expect(recomputed.bytes).toBeLessThan((1 - saved) * kept.bytes);
    });

    test('a pass leaves no tensor behind and is bit-identical when repeated', async () => {
      const supernet = new Supernet(k, GOLDEN);
      const flat = randomWeights(supernet.layout, 4);
      const alpha = noise(30, 8);
      const batch = randomBatch(4, 8, 6);
      const first = await run(supernet, flat, alpha, batch);
      const count = k.count;
      const second = await run(supernet, flat, alpha, batch);
      expect(k.count).toBe(count);
      expect(second).toEqual(first);
    });
  });
}

/** SGD and Adam written out over host arrays, with the reference's gradients. */
function plainSearch(layout: Layout, start: Float32Array, alphaStart: Float32Array) {
  const weights = Float64Array.from(start);
  const momentum = new Float64Array(start.length);
  const alpha = Float64Array.from(alphaStart);
  const first = new Float64Array(alpha.length);
  const second = new Float64Array(alpha.length);
  let steps = 0;
  const pass = (batch: HostBatch) =>
    referencePass(layout, Float32Array.from(weights), Float32Array.from(alpha), batch);
  return {
    weights,
    alpha,
    step(train: HostBatch, valid: HostBatch): void {
      const gradients = pass(train).weightGradients;
      const flat = new Float64Array(weights.length);
      for (const { name, shape, place } of layout.parameters) {
        const values = gradients.get(name)!;
        for (let i = 0; i < sizeOf(shape); i++) flat[place(i)] = values[i]!;
      }
      const norm = Math.hypot(...flat);
      const factor = Math.min(1, WEIGHTS.clip / (norm + 1e-6));
      flat.forEach((value, i) => {
        const g = value * factor + WEIGHTS.decay * weights[i]!;
        momentum[i] = WEIGHTS.momentum * momentum[i]! + g;
        weights[i]! -= WEIGHTS.rate * (g + WEIGHTS.momentum * momentum[i]);
      });
      steps += 1;
      pass(valid).alphaGradient.forEach((value, i) => {
        const g = value + ALPHA.l2 * alpha[i]!;
        first[i] = ALPHA.beta1 * first[i]! + (1 - ALPHA.beta1) * g;
        second[i] = ALPHA.beta2 * second[i]! + (1 - ALPHA.beta2) * g * g;
        const m = first[i] / (1 - ALPHA.beta1 ** steps);
        const s = second[i] / (1 - ALPHA.beta2 ** steps);
        alpha[i]! -= (ALPHA.rate * m) / (Math.sqrt(s) + ALPHA.epsilon);
      });
    },
  };
}
