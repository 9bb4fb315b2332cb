import * as tf from '@tensorflow/tfjs-core';
import type { HostBatch } from '../../src/data/augment';
import type {
  OneShotCellArchitecture,
  OneShotCellLayout,
} from '../../src/engine/evaluation/one-shot-layout';
import {
  conv,
  gradientsOf,
  type Named,
  type ReferencePass,
} from '../../src/engine/reference/edge-by-edge';

/*
 * A derived NAS-Bench-1Shot1 cell's network written down from NAS-Bench-101's definition: vertex by
 * vertex, stock tfjs operations, gradients by tfjs's tape.
 */

/** What a batch norm reads and, in evaluation, normalises by: mean and variance. */
export interface Moments {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** By the norm's key: of the batch when it is written, fixed when it is read. */
export type MomentsByKey = Map<string, Moments & { readonly rows: number }>;

type Norm = (z: tf.Tensor4D, key: string) => readonly [tf.Tensor, tf.Tensor];

class Reference {
  constructor(
    private readonly named: Named,
    private readonly norm: Norm,
  ) {}

  /** Convolution, batch norm, ReLU. */
  unit(x: tf.Tensor4D, key: string, pad: number): tf.Tensor4D {
    const z = conv(x, this.named[`${key}.conv.weight`]!, 1, pad);
    const [mean, variance] = this.norm(z, `${key}.bn`);
    const n = tf.div(tf.sub(z, mean), tf.sqrt(tf.add(variance, 1e-5)));
    const affine = tf.add(
      tf.mul(n, this.named[`${key}.bn.weight`]!),
      this.named[`${key}.bn.bias`]!,
    );
    return tf.relu(affine as tf.Tensor4D);
  }

  cell(s: tf.Tensor4D, { cell }: OneShotCellArchitecture, width: number, key: string): tf.Tensor4D {
    const { ops, parents, output } = cell;
    const widths = channelsOf(cell, width);
    const values: (tf.Tensor4D | null)[] = [null];
    ops.forEach((op, at) => {
      if (op === null) return void values.push(null);
      const own = widths[at + 1]!;
      const terms = parents[at]!.map((from) =>
        from === 0
          ? this.unit(s, `${key}.block${at + 1}.projection`, 0)
          : tf.slice(values[from]!, [0, 0, 0, 0], [-1, -1, -1, own]),
      );
      const z = terms.reduce((sum, term) => tf.add(sum, term));
      if (op === 'maxpool3x3') values.push(maxPool(z, 3, 1));
      else values.push(this.unit(z, `${key}.block${at + 1}`, op === 'conv3x3-bn-relu' ? 1 : 0));
    });
    const joined = tf.concat(
      output.filter((node) => node > 0).map((node) => values[node]!),
      3,
    );
    if (!output.includes(0)) return joined;
    return tf.add(joined, this.unit(s, `${key}.output.projection`, 0));
  }
}

/** Bordered by hand with what never wins. */
function maxPool(x: tf.Tensor4D, size: number, stride: number): tf.Tensor4D {
  const sides: [number, number][] = [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ];
  return tf.maxPool(tf.pad<tf.Tensor4D>(x, sides, -1e30), size, stride, 'valid');
}

/** `compute_vertex_channels` over an adjacency matrix whose last vertex is the output. */
function channelsOf({ parents, output }: OneShotCellArchitecture['cell'], width: number): number[] {
  const last = parents.length + 1;
  const has = (from: number, to: number) =>
    (to === last ? output : parents[to - 1]!).includes(from);
  const interior = output.filter((from) => from > 0).length;
  let correction = width % interior;
  const channels = Array<number>(last + 1).fill(0);
  for (let v = 1; v < last; v++) {
    if (!has(v, last)) continue;
    channels[v] = Math.floor(width / interior);
    if (correction > 0) {
      channels[v]! += 1;
      correction -= 1;
    }
  }
  for (let v = last - 2; v > 0; v--) {
    if (has(v, last)) continue;
    for (let to = v + 1; to < last; to++) {
      if (has(v, to)) channels[v] = Math.max(channels[v]!, channels[to]!);
    }
  }
  return channels;
}

/**
 * Loss, logits and all gradients on tfjs's current backend.
 *
 * @param fixed normalise by these; else by the batch
 * @returns also the batch's statistics
 */
export function oneShotCellReference(
  layout: OneShotCellLayout,
  flat: Float32Array,
  batch: HostBatch,
  fixed: MomentsByKey | null = null,
): ReferencePass & { readonly moments: MomentsByKey } {
  const { architecture } = layout;
  const { cells, channels, resolution, classes } = architecture;
  const moments: MomentsByKey = new Map();
  const norm: Norm = (z, key) => {
    const known = fixed?.get(key);
    if (known) return [tf.tensor1d(known.mean), tf.tensor1d(known.variance)];
    const { mean, variance } = tf.moments(z, [0, 1, 2]);
    moments.set(key, {
      mean: mean.dataSync().slice() as Float32Array,
      variance: variance.dataSync().slice() as Float32Array,
      rows: z.size / z.shape[3],
    });
    return [mean, variance];
  };
  const pass = gradientsOf(layout, flat, Float32Array.of(0), (named, alpha) => {
    const reference = new Reference(named, norm);
    let x = tf.tensor4d(batch.images, [batch.labels.length, resolution, resolution, 3]);
    x = reference.unit(x, 'stem', 1);
    for (let stage = 0; stage < 3; stage++) {
      if (stage > 0) x = maxPool(x, 2, 2);
      for (let c = 0; c < cells; c++) {
        x = reference.cell(x, architecture, channels << stage, `stage${stage}.cell${c}`);
      }
    }
    const logits = tf.add<tf.Tensor2D>(
      tf.matMul(tf.mean<tf.Tensor2D>(x, [1, 2]), named['head.fc.weight'] as tf.Tensor2D),
      named['head.fc.bias']!,
    );
    const target = tf.oneHot(tf.tensor1d(batch.labels, 'int32'), classes);
    const loss = tf.losses.softmaxCrossEntropy<tf.Tensor, tf.Scalar>(target, logits);
    // tfjs asks that the result depends on alpha, too, which is no part of these networks.
    return { loss: tf.add(loss, tf.sum(tf.mul(alpha, 0))), logits };
  });
  return { ...pass, moments };
}
