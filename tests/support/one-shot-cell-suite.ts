import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostBatch } from '../../src/data/augment';
import type { OneShotCellLayout } from '../../src/engine/evaluation/one-shot-layout';
import { OneShotEvaluation } from '../../src/engine/evaluation/one-shot-network';
import { FixedStatistics, trackedStatistics } from '../../src/engine/evaluation/running';
import type { Kernels } from '../../src/engine/kernels';
import { batchStatistics, type Statistics } from '../../src/engine/statistics';
import { ONE_SHOT_SHAPES, prune } from '../../src/paper/space/one-shot';
import { parseOneShot } from '../../src/paper/space/one-shot-string';
import { oneShotCellReference, type MomentsByKey } from './one-shot-cell-reference';

/* Networks of derived NAS-Bench-1Shot1 cells: one acceptance suite for every backend. */

/** Cells of which each goes another way through the passes: the space, and the cell. */
export const BLOCK_CELLS = {
  'one block beside the input': [
    1,
    '|conv3x3-bn-relu~0|+|maxpool3x3~0~1|+|conv1x1-bn-relu~0~2|+|conv3x3-bn-relu~1~3|+|output~0~4|',
  ],
  'two blocks side by side': [
    1,
    '|maxpool3x3~0|+|conv3x3-bn-relu~0~1|+|conv1x1-bn-relu~1~2|+|conv3x3-bn-relu~0~2|+|output~3~4|',
  ],
  'three blocks of different widths': [
    2,
    '|conv3x3-bn-relu~0|+|maxpool3x3~0|+|conv1x1-bn-relu~0~1|+|conv3x3-bn-relu~1~3|+|output~1~2~4|',
  ],
  'loose ends, pools after pools': [
    3,
    '|maxpool3x3~0|+|conv3x3-bn-relu~1|+|maxpool3x3~1|+|conv1x1-bn-relu~0~3|+|maxpool3x3~3~4|+|output~3~5|',
  ],
  'nothing but pools': [
    3,
    '|maxpool3x3~0|+|maxpool3x3~1|+|maxpool3x3~0|+|maxpool3x3~1~2|+|maxpool3x3~2~4|+|output~0~5|',
  ],
} as const;

export type BlockCellName = keyof typeof BLOCK_CELLS;

export function blockArchitecture(name: BlockCellName, channels = 4, cells = 1) {
  const [space, arch] = BLOCK_CELLS[name];
  const cell = prune(parseOneShot(ONE_SHOT_SHAPES[space - 1]!, arch));
  return { cell, channels, cells, resolution: 8, classes: 10 };
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

function weightsOf(layout: OneShotCellLayout, seed: number): Float32Array {
  const values = noise(layout.count, seed);
  let next = 0;
  return layout.build(({ fanIn, constant }) => {
    const spread = fanIn === null ? 0.3 : 1 / Math.sqrt(fanIn);
    return () => constant + spread * values[next++]!;
  });
}

const batchOf = (size: number, seed: number): HostBatch => ({
  images: noise(size * 8 * 8 * 3, seed),
  labels: Int32Array.from({ length: size }, (_, i) => (i * 7 + seed) % 10),
});

/** Largest difference over the largest magnitude. */
function relative(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [worst, scale] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    worst = Math.max(worst, Math.abs(got[i]! - expected[i]!));
    scale = Math.max(scale, Math.abs(expected[i]!));
  }
  return worst / Math.max(scale, 1e-12);
}

/**
 * @param start brings up the backend; called once
 * @param names of cells to be compared with the plain implementation
 */
export function oneShotCellSuite(
  name: string,
  start: () => Promise<Kernels>,
  names = Object.keys(BLOCK_CELLS) as BlockCellName[],
): void {
  describe(`networks of derived 1Shot1 cells: ${name}`, () => {
    let k: Kernels;
    beforeAll(async () => {
      k = await start();
    }, 120_000);
    afterAll(() => k.dispose());

    const pass = async (
      network: OneShotEvaluation,
      flat: Float32Array,
      { images, labels }: HostBatch,
      statistics: Statistics,
      backward = true,
    ) => {
      const kept = k.scope(() => {
        const batch = {
          images: k.upload(images, [labels.length, 8, 8, 3]),
          labels: k.upload(labels, [labels.length]),
        };
        const made = network.forward(k.upload(flat, [flat.length]), batch, statistics);
        const gradient = backward ? made.gradient() : made.scores;
        const value = { scores: made.scores, logits: made.logits, gradient };
        return { keep: Object.values(value), value };
      });
      const read = {
        loss: (await k.read(kept.scores))[0]!,
        logits: await k.read(kept.logits),
        gradient: await k.read(kept.gradient),
      };
      k.free(...new Set(Object.values(kept)));
      return read;
    };

    test.each(names)(
      'forward, gradients and statistics equal the plain network: %s',
      async (of) => {
        const network = new OneShotEvaluation(k, blockArchitecture(of, 4, of === names[0] ? 2 : 1));
        const { layout } = network;
        const flat = weightsOf(layout, 11);
        const batch = batchOf(3, 3);
        const running = k.keep(k.upload(layout.initialStatistics(), [layout.statisticsSize]));
        const got = await pass(network, flat, batch, trackedStatistics(k, layout, running));
        const count = k.count;
        // The same bits again, and nothing left behind.
        expect(await pass(network, flat, batch, batchStatistics(k))).toEqual(got);
        expect(k.count).toBe(count);
        const tracked = await k.read(running);
        // After one batch, what evaluation normalises by.
        const fixed = new FixedStatistics(k, layout);
        fixed.set(tracked);
        const tested = await pass(network, flat, batchOf(2, 8), fixed, false);
        fixed.dispose();
        k.free(running);

        await tf.setBackend('cpu');
        const expected = oneShotCellReference(layout, flat, batch);
        expect(Math.abs(got.loss - expected.loss)).toBeLessThan(1e-5);
        expect(relative(got.logits, expected.logits)).toBeLessThan(1e-4);
        const gradients = [...expected.weightGradients.values()];
        const largest = Math.max(...gradients.map((values) => Math.hypot(...values)));
        for (const [key, values] of layout.toNamed(got.gradient)) {
          const reference = expected.weightGradients.get(key)!;
          const difference = Math.hypot(...values.map((value, i) => value - reference[i]!));
          const scale = Math.max(Math.hypot(...reference), 1e-3 * largest);
          expect(difference / scale, key).toBeLessThan(1e-3);
        }
        const after: MomentsByKey = new Map();
        expect([...expected.moments.keys()].sort()).toEqual([...layout.norms.keys()].sort());
        for (const [key, { offset, channels }] of layout.norms) {
          const { mean, variance, rows } = expected.moments.get(key)!;
          // PyTorch: a tenth of the batch's, the variance unbiased.
          const means = mean.map((value) => 0.1 * value);
          const variances = variance.map((value) => 0.9 + (0.1 * value * rows) / (rows - 1));
          const at = (start: number) => tracked.slice(start, start + channels);
          expect(relative(at(offset), means), key).toBeLessThan(1e-3);
          expect(relative(at(offset + channels), variances), key).toBeLessThan(1e-5);
          after.set(key, { mean: means, variance: variances, rows });
        }
        const evaluated = oneShotCellReference(layout, flat, batchOf(2, 8), after);
        expect(relative(tested.logits, evaluated.logits)).toBeLessThan(1e-4);
      },
    );

    // Parity says the same of one cell; an emulated GPU takes long to compile another network.
    test.skipIf(names.length === 1)('the gradient equals finite differences', async () => {
      const network = new OneShotEvaluation(k, blockArchitecture(names.at(-1)!, 3));
      const flat = weightsOf(network.layout, 4);
      const batch = batchOf(4, 6);
      const run = (w: Float32Array) => pass(network, w, batch, batchStatistics(k));
      const { gradient } = await run(flat);
      const length = Math.hypot(...gradient);
      const side = noise(gradient.length, 21);
      const direction = gradient.map((g, i) => g / length + side[i]! / gradient.length);
      const slope = direction.reduce((sum, d, i) => sum + d * gradient[i]!, 0);
      const h = 2e-3;
      const along = async (by: number) =>
        (await run(flat.map((w, i) => w + by * direction[i]!))).loss;
      expect(Math.abs(((await along(h)) - (await along(-h))) / (2 * h) / slope - 1)).toBeLessThan(
        0.02,
      );
    });
  });
}
