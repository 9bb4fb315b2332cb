import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HostBatch } from '../../src/data/augment';
import { weightRows } from '../../src/engine/epoch-plan';
import { EvaluationNetwork } from '../../src/engine/evaluation/network';
import { FixedStatistics, trackedStatistics } from '../../src/engine/evaluation/running';
import { formulaBatch, formulaValue } from '../../src/engine/formula';
import { RATES } from '../../src/engine/fused/fused';
import type { Kernels } from '../../src/engine/kernels';
import { batchStatistics } from '../../src/engine/statistics';
import type { Genotype } from '../../src/paper/cell';
import { OPERATIONS } from '../../src/paper/operation';
import { evaluationReference } from './evaluation-reference';
import { golden, goldenBatch } from './golden';

/* Evaluation networks: one acceptance suite for every backend. */

/** The benchmark's, for training from scratch. */
const WEIGHTS = { momentum: 0.9, decay: 5e-4 };
const RATE = 0.1;

/** @param digits by which the benchmark writes operations */
export const genotypeOf = (digits: readonly number[]): Genotype =>
  digits.map((op) => OPERATIONS[op]!);

const architecture = (genotype: Genotype, channels = 4) => ({
  genotype,
  channels,
  cells: 1,
  resolution: 8,
  classes: 10,
});

/** Cells of which each goes another way through the passes; digits as in the benchmark. */
export const CELLS = {
  'every operation': [3, 1, 2, 4, 3, 1],
  'pools and skips to several nodes': [4, 4, 1, 1, 4, 1],
  'all skip-connect': [1, 1, 1, 1, 1, 1],
  'a 1x1 and a 3x3 on one node, an edge that nothing reads': [2, 3, 0, 2, 0, 1],
  // A 1x1 of what is constant would have no variance: its norm multiplies rounding by 316.
  'convolutions of a node that is zero': [0, 0, 3, 1, 2, 3],
  'nothing but shifts': [0, 0, 2, 0, 0, 3],
  'pools of a node that is zero': [0, 3, 4, 0, 4, 1],
  'an output that nothing leads to': [3, 3, 3, 0, 0, 0],
} as const;

export type CellName = keyof typeof CELLS;

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

/**
 * @param start brings up the backend; called once
 * @param cells to be compared with the plain implementation
 */
export function evaluationSuite(
  name: string,
  start: () => Promise<Kernels>,
  cells = Object.keys(CELLS) as CellName[],
): void {
  describe(`evaluation networks: ${name}`, () => {
    let k: Kernels;
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

    const pass = async (network: EvaluationNetwork, flat: Float32Array, batch: HostBatch) => {
      const kept = k.scope(() => {
        const weights = k.upload(flat, [flat.length]);
        const made = network.forward(weights, place(batch), batchStatistics(k));
        const value = { scores: made.scores, logits: made.logits, gradient: made.gradient() };
        return { keep: Object.values(value), value };
      });
      const read = {
        loss: (await k.read(kept.scores))[0]!,
        logits: await k.read(kept.logits),
        gradient: await k.read(kept.gradient),
      };
      k.free(...Object.values(kept));
      return read;
    };

    test.each(['all_3x3', 'resnet_like', 'mixed'] as const)(
      'two steps, running statistics and evaluation equal PyTorch in float64: %s',
      async (cell) => {
        const expected = golden.evaluation[cell];
        const network = new EvaluationNetwork(k, architecture(genotypeOf(expected.cell)));
        const { layout } = network;
        expect(layout.count).toBe(expected.parameters);
        const put = (values: Float32Array) => k.keep(k.upload(values, [values.length]));
        const sgd = {
          weights: put(layout.build(formulaValue)),
          momentum: put(new Float32Array(layout.size)),
        };
        const running = put(layout.initialStatistics());
        const rows = weightRows(1, RATE, WEIGHTS);
        const clock = {
          step: 0,
          rows,
          table: k.keep(k.upload(rows, [1, RATES])),
          counter: k.keep(k.upload(Int32Array.of(0), [1])),
        };
        for (const expectedLoss of expected.train_losses) {
          const scores = k.scope(() => {
            const statistics = trackedStatistics(k, layout, running);
            const made = network.forward(sgd.weights, place(goldenBatch(0)), statistics);
            k.fused.sgd(sgd, made.gradient(), clock);
            return { keep: [made.scores], value: made.scores };
          });
          expect((await k.read(scores))[0]).toBeCloseTo(expectedLoss, 4);
          k.free(scores);
        }
        const statistics = await k.read(running);
        const of = (key: string) => {
          const { offset, channels } = layout.norms.get(key)!;
          return [0, channels].map((at) =>
            statistics.slice(offset + at, offset + at + channels),
          ) as [Float32Array, Float32Array];
        };
        const [mean, variance] = of('stem.bn');
        expect(relative(mean, expected.stem_running_mean)).toBeLessThan(1e-4);
        expect(relative(variance, expected.stem_running_var)).toBeLessThan(1e-5);
        const head = Math.hypot(...of('head.bn')[1]);
        expect(head / expected.head_running_var_l2).toBeCloseTo(1, 4);

        const fixed = new FixedStatistics(k, layout);
        fixed.set(statistics);
        const logits = k.scope(() => {
          const made = network.forward(sgd.weights, place(goldenBatch(1)), fixed);
          return { keep: [made.logits], value: made.logits };
        });
        const got = await k.read(logits);
        expect(relative(got, expected.eval_logits_on_valid.flat())).toBeLessThan(1e-4);
        fixed.dispose();
        k.free(logits, running, ...Object.values(sgd), clock.table, clock.counter);
      },
    );

    test.each(cells)('forward and every gradient equal the plain network: %s', async (cell) => {
      const network = new EvaluationNetwork(k, architecture(genotypeOf(CELLS[cell])));
      const flat = network.layout.build(formulaValue);
      const batch = formulaBatch(3, 8, 2);
      const got = await pass(network, flat, batch);
      const count = k.count;
      // The same bits again, and nothing left behind.
      expect(await pass(network, flat, batch)).toEqual(got);
      expect(k.count).toBe(count);
      await tf.setBackend('cpu');
      const expected = evaluationReference(network.layout, flat, batch);
      expect(Math.abs(got.loss - expected.loss)).toBeLessThan(1e-5);
      expect(relative(got.logits, expected.logits)).toBeLessThan(1e-4);
      const gradients = [...expected.weightGradients.values()];
      const largest = Math.max(...gradients.map((values) => Math.hypot(...values)));
      for (const [key, values] of network.layout.toNamed(got.gradient)) {
        const reference = expected.weightGradients.get(key)!;
        const difference = Math.hypot(...values.map((value, i) => value - reference[i]!));
        const scale = Math.max(Math.hypot(...reference), 1e-3 * largest);
        expect(difference / scale, key).toBeLessThan(1e-3);
      }
    });

    test('the gradient equals finite differences of the loss', async () => {
      const network = new EvaluationNetwork(
        k,
        architecture(genotypeOf(CELLS['every operation']), 2),
      );
      const flat = network.layout.build(formulaValue);
      const batch = formulaBatch(4, 8, 1);
      const { gradient } = await pass(network, flat, batch);
      // Along the gradient and a direction beside it, so that the slope is not all noise.
      const length = Math.hypot(...gradient);
      const direction = gradient.map((g, i) => g / length + Math.sin(7 * i) / gradient.length);
      const slope = direction.reduce((sum, d, i) => sum + d * gradient[i]!, 0);
      const h = 2e-3;
      const at = async (sign: number) =>
        (
          await pass(
            network,
            flat.map((w, i) => w + sign * h * direction[i]!),
            batch,
          )
        ).loss;
      expect(Math.abs(((await at(1)) - (await at(-1))) / (2 * h) / slope - 1)).toBeLessThan(0.02);
    });
  });
}
