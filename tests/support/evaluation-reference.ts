import * as tf from '@tensorflow/tfjs-core';
import type { HostBatch } from '../../src/data/augment';
import type { EvaluationLayout } from '../../src/engine/evaluation/layout';
import {
  averagePool,
  batchNorm,
  classified,
  conv,
  gradientsOf,
  overNine,
  residual,
  type Named,
  type ReferencePass,
} from '../../src/engine/reference/edge-by-edge';
import { EDGES, type Genotype } from '../../src/paper/cell';

/*
 * An evaluation network as one would write it down from the definition: every edge, in stock tfjs
 * operations, gradients by tfjs's tape.
 */

function edge(
  operation: Genotype[number],
  x: tf.Tensor4D,
  shares: tf.Tensor4D,
  named: Named,
  key: string,
): tf.Tensor4D {
  const convolution = (pad: number) =>
    batchNorm(
      conv(tf.relu(x), named[`${key}.conv.weight`]!, 1, pad),
      named[`${key}.bn.weight`],
      named[`${key}.bn.bias`],
    );
  switch (operation) {
    case 'none':
      return tf.mul(x, 0);
    case 'skip_connect':
      return x;
    case 'avg_pool_3x3':
      return averagePool(x, shares);
    case 'nor_conv_1x1':
      return convolution(0);
    default:
      return convolution(1);
  }
}

function cell(x: tf.Tensor4D, genotype: Genotype, named: Named, key: string): tf.Tensor4D {
  const nodes: (tf.Tensor4D | null)[] = [x, null, null, null];
  const [, height, width] = x.shape;
  const shares = overNine(tf.ones([1, height, width, 1]));
  for (const { index, source, target } of EDGES) {
    const y = edge(genotype[index]!, nodes[source]!, shares, named, `${key}.edge${index}`);
    const sum = nodes[target];
    nodes[target] = sum ? tf.add(sum, y) : y;
  }
  return nodes[3]!;
}

/** Loss, logits and all gradients on tfjs's current backend, with batch statistics. */
export function evaluationReference(
  layout: EvaluationLayout,
  flat: Float32Array,
  batch: HostBatch,
): ReferencePass {
  const { genotype, cells, resolution, classes } = layout.architecture;
  return gradientsOf(layout, flat, Float32Array.of(0), (named, alpha) => {
    let x = tf.tensor4d(batch.images, [batch.labels.length, resolution, resolution, 3]);
    x = batchNorm(
      conv(x, named['stem.conv.weight']!, 1, 1),
      named['stem.bn.weight'],
      named['stem.bn.bias'],
    );
    for (let stage = 0; stage < 3; stage++) {
      if (stage > 0) x = residual(x, named, `reduce${stage}`);
      for (let c = 0; c < cells; c++) x = cell(x, genotype, named, `stage${stage}.cell${c}`);
    }
    const { loss, logits } = classified(x, named, batch.labels, classes);
    // tfjs asks that the result depends on everything; alpha is no part of these networks.
    const touched = [alpha, ...Object.values(named)].map((tensor) => tf.sum(tf.mul(tensor, 0)));
    return { loss: tf.add(loss, tf.addN(touched)), logits };
  });
}
