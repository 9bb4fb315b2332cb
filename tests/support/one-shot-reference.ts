import * as tf from '@tensorflow/tfjs-core';
import type { HostBatch } from '../../src/data/augment';
import {
  batchNorm,
  conv,
  gradientsOf,
  type Named,
  type ReferencePass,
} from '../../src/engine/reference/edge-by-edge';
import type { OneShotArchitecture, OneShotLayout } from '../../src/engine/one-shot/layout';

/*
 * The supernets of NAS-Bench-1Shot1 written down from their definition: connection by connection,
 * stock tfjs operations, gradients by tfjs's tape.
 */

/** Convolution, batch norm, ReLU. */
function unit(x: tf.Tensor4D, named: Named, key: string, pad: number): tf.Tensor4D {
  const z = conv(x, named[`${key}.conv.weight`]!, 1, pad);
  return tf.relu(batchNorm(z, named[`${key}.bn.weight`], named[`${key}.bn.bias`]));
}

/** Bordered by hand with what never wins, so that nothing hangs on tfjs's own padding. */
function maxPool(x: tf.Tensor4D, size: number, stride: number): tf.Tensor4D {
  const sides: [number, number][] = [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ];
  return tf.maxPool(tf.pad<tf.Tensor4D>(x, sides, -1e30), size, stride, 'valid');
}

function weighted(terms: readonly tf.Tensor4D[], shares: readonly tf.Tensor[]): tf.Tensor4D {
  return terms
    .map((term, i) => tf.mul<tf.Tensor4D>(term, shares[i]!))
    .reduce((a, b) => tf.add(a, b));
}

interface Shares {
  /** By block. */
  readonly operations: readonly (readonly tf.Tensor[])[];
  readonly output: readonly tf.Tensor[];
  /** By block; null without a choice. */
  readonly inputs: readonly (readonly tf.Tensor[] | null)[];
}

/** Softmax of alpha's rows: operations of each block, the output, inputs of the blocks that choose. */
function sharesOf(kept: readonly number[], alpha: tf.Tensor1D): Shares {
  let start = 0;
  const row = (length: number) => {
    const part = tf.slice(alpha, [start], [length]);
    start += length;
    return tf.unstack(tf.softmax(part));
  };
  const operations = kept.map(() => row(3));
  const output = row(kept.length + 1);
  // Block i has i candidates: the cell's input and the blocks before it.
  const inputs = kept.map((count, i) => (count < i + 1 ? row(i + 1) : null));
  if (start !== alpha.size) throw new Error(`${alpha.size} alphas, ${start} read.`);
  return { operations, output, inputs };
}

function cell(s: tf.Tensor4D, shares: Shares, named: Named, key: string): tf.Tensor4D {
  const xs: tf.Tensor4D[] = [];
  shares.operations.forEach((operations, i) => {
    const block = `${key}.block${i + 1}`;
    const candidates = [unit(s, named, `${block}.projection`, 0), ...xs];
    const ones = candidates.map(() => tf.scalar(1));
    const z = weighted(candidates, shares.inputs[i] ?? ones);
    const results = [
      maxPool(z, 3, 1),
      unit(z, named, `${block}.conv3`, 1),
      unit(z, named, `${block}.conv1`, 0),
    ];
    xs.push(weighted(results, operations));
  });
  const [fromInput, ...fromBlocks] = shares.output;
  const outer = tf.mul<tf.Tensor4D>(unit(s, named, `${key}.output.projection`, 0), fromInput!);
  const inner = tf.concat(
    xs.map((x, i) => tf.mul<tf.Tensor4D>(x, fromBlocks[i]!)),
    3,
  );
  return tf.add(outer, inner);
}

function lossOf(
  { space, cells, resolution, classes }: OneShotArchitecture,
  named: Named,
  alpha: tf.Tensor1D,
  batch: HostBatch,
) {
  const shares = sharesOf(space.shape.kept, alpha);
  let x = tf.tensor4d(batch.images, [batch.labels.length, resolution, resolution, 3]);
  x = unit(x, named, 'stem', 1);
  for (let stage = 0; stage < 3; stage++) {
    if (stage > 0) x = maxPool(x, 2, 2);
    for (let c = 0; c < cells; c++) x = cell(x, shares, named, `stage${stage}.cell${c}`);
  }
  x = batchNorm(conv(tf.relu(x), named['head.conv.weight']!, 1, 0));
  const pooled = tf.mean<tf.Tensor2D>(x, [1, 2]);
  const logits = tf.add<tf.Tensor2D>(
    tf.matMul(pooled, named['head.fc.weight'] as tf.Tensor2D),
    named['head.fc.bias']!,
  );
  const target = tf.oneHot(tf.tensor1d(batch.labels, 'int32'), classes);
  return { loss: tf.losses.softmaxCrossEntropy<tf.Tensor, tf.Scalar>(target, logits), logits };
}

/** Loss, logits and all gradients on tfjs's current backend. @param alpha flat, row by row */
export function oneShotReference(
  layout: OneShotLayout,
  flat: Float32Array,
  alpha: Float32Array,
  batch: HostBatch,
): ReferencePass {
  return gradientsOf(layout, flat, alpha, (named, a) =>
    lossOf(layout.architecture, named, a, batch),
  );
}
