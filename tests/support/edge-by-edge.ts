import * as tf from '@tensorflow/tfjs';
import type { Architecture, Layout } from '../../src/engine/layout';
import type { Batch } from '../../src/engine/supernet';
import { EDGES } from '../../src/paper/cell';

/*
 * The supernet as one would write it down from the definition: edge by edge, stock tfjs operations,
 * gradients by tfjs's tape. Slow, and the truth that the engine is held against.
 */

type Named = Record<string, tf.Tensor>;

/** The flat vector's tensors, filters in tfjs's layout. */
function tensorsOf(layout: Layout, flat: Float32Array): Named {
  const named: Named = {};
  for (const { name, shape } of layout.parameters) {
    const values = layout.toNamed(flat).get(name)!;
    const tensor = tf.tensor(values, [...shape]);
    named[name] =
      shape.length === 4
        ? tf.transpose(tensor, [2, 3, 1, 0])
        : shape.length === 2
          ? tf.transpose(tensor)
          : tensor;
  }
  return named;
}

function inTorchLayout(gradient: tf.Tensor): Float32Array {
  const turned =
    gradient.rank === 4
      ? tf.transpose(gradient, [3, 2, 0, 1])
      : gradient.rank === 2
        ? tf.transpose(gradient)
        : gradient;
  return turned.dataSync().slice() as Float32Array;
}

function batchNorm(x: tf.Tensor4D, scale?: tf.Tensor, shift?: tf.Tensor): tf.Tensor4D {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  let y: tf.Tensor = x.sub(mean).div(variance.add(1e-5).sqrt());
  if (scale) y = y.mul(scale);
  if (shift) y = y.add(shift);
  return y as tf.Tensor4D;
}

/** Average of the pixels that exist; tfjs's own pool has a wrong gradient at the border. */
function averagePool(x: tf.Tensor4D): tf.Tensor4D {
  const channels = x.shape[3];
  const sum = (t: tf.Tensor4D, c: number) =>
    tf.depthwiseConv2d(t, tf.ones<tf.Rank.R4>([3, 3, c, 1]), 1, 'same');
  const counts = sum(tf.ones([1, x.shape[1], x.shape[2], 1]), 1);
  return sum(x, channels).div(counts);
}

const conv = (x: tf.Tensor4D, w: tf.Tensor, stride = 1, pad = 0): tf.Tensor4D => {
  const border: [number, number][] = [
    [0, 0],
    [pad, pad],
    [pad, pad],
    [0, 0],
  ];
  const padded = pad > 0 ? tf.pad<tf.Tensor4D>(x, border) : x;
  return tf.conv2d(padded, w as tf.Tensor4D, stride, 'valid');
};

function cell(x: tf.Tensor4D, p: tf.Tensor2D, named: Named, key: string, ops: readonly string[]) {
  const nodes: (tf.Tensor4D | null)[] = [x, null, null, null];
  for (const { index, source, target } of EDGES) {
    const input = nodes[source]!;
    const outputs = ops.map((op): tf.Tensor4D => {
      const name = `${key}.edge${index}`;
      switch (op) {
        case 'none':
          return tf.zerosLike(input);
        case 'skip_connect':
          return input;
        case 'avg_pool_3x3':
          return averagePool(input);
        case 'nor_conv_1x1':
        case 'nor_conv_3x3': {
          const [kernel, pad] =
            op === 'nor_conv_1x1' ? (['conv1', 0] as const) : (['conv3', 1] as const);
          const z = conv(tf.relu(input), named[`${name}.${kernel}.weight`]!, 1, pad);
          return batchNorm(z.add(named[`${name}.${kernel}.bias`]!));
        }
        default:
          throw new Error(op);
      }
    });
    outputs.forEach((output, o) => {
      const weighted = output.mul<tf.Tensor4D>(p.slice([index, o], [1, 1]).reshape([]));
      nodes[target] = nodes[target] ? nodes[target].add(weighted) : weighted;
    });
  }
  return nodes[3]!;
}

function residual(x: tf.Tensor4D, named: Named, key: string): tf.Tensor4D {
  const norm = (z: tf.Tensor4D, part: string) =>
    batchNorm(z, named[`${key}.bn_${part}.weight`], named[`${key}.bn_${part}.bias`]);
  const a = norm(conv(tf.relu(x), named[`${key}.conv_a.weight`]!, 2, 1), 'a');
  const b = norm(conv(tf.relu(a), named[`${key}.conv_b.weight`]!, 1, 1), 'b');
  const shortcut = conv(tf.avgPool(x, 2, 2, 'valid'), named[`${key}.shortcut.weight`]!);
  return b.add(shortcut);
}

function lossOf(architecture: Architecture, named: Named, alpha: tf.Tensor2D, batch: Batch) {
  const { resolution, cells, ops } = architecture;
  const p = tf.softmax<tf.Tensor2D>(alpha);
  let x: tf.Tensor4D = tf.tensor4d(batch.images, [batch.labels.length, resolution, resolution, 3]);
  x = batchNorm(
    conv(x, named['stem.conv.weight']!, 1, 1),
    named['stem.bn.weight'],
    named['stem.bn.bias'],
  );
  for (let stage = 0; stage < 3; stage++) {
    if (stage > 0) x = residual(x, named, `reduce${stage}`);
    for (let c = 0; c < cells; c++) x = cell(x, p, named, `stage${stage}.cell${c}`, ops);
  }
  x = tf.relu(batchNorm(x, named['head.bn.weight'], named['head.bn.bias']));
  const pooled = tf.mean<tf.Tensor2D>(x, [1, 2]);
  const logits = tf
    .matMul(pooled, named['head.fc.weight'] as tf.Tensor2D)
    .add(named['head.fc.bias']!);
  const target = tf.oneHot(tf.tensor1d(batch.labels, 'int32'), architecture.classes);
  const loss = tf.losses.softmaxCrossEntropy<tf.Tensor, tf.Scalar>(target, logits);
  return { loss, logits };
}

export interface ReferencePass {
  readonly loss: number;
  readonly logits: Float32Array;
  /** `[6 * ops]` */
  readonly alphaGradient: Float32Array;
  /** By PyTorch name, PyTorch layout. */
  readonly weightGradients: Map<string, Float32Array>;
}

/** Loss, logits and all gradients on tfjs's current backend. */
export function referencePass(
  layout: Layout,
  flat: Float32Array,
  alpha: Float32Array,
  batch: Batch,
): ReferencePass {
  let pass: ReferencePass | undefined;
  tf.tidy(() => {
    const { architecture } = layout;
    const named = tensorsOf(layout, flat);
    const names = Object.keys(named);
    const alphas = tf.tensor2d(alpha, [6, architecture.ops.length]);
    const f = (...inputs: tf.Tensor[]) => {
      const [a, ...rest] = inputs;
      const byName = Object.fromEntries(names.map((name, i) => [name, rest[i]!]));
      return lossOf(architecture, byName, a as tf.Tensor2D, batch).loss;
    };
    const { value, grads } = tf.valueAndGrads(f)([alphas, ...names.map((name) => named[name]!)]);
    const { logits } = lossOf(architecture, named, alphas, batch);
    pass = {
      loss: value.dataSync()[0]!,
      logits: logits.dataSync().slice() as Float32Array,
      alphaGradient: grads[0]!.dataSync().slice() as Float32Array,
      weightGradients: new Map(names.map((name, i) => [name, inTorchLayout(grads[i + 1]!)])),
    };
  });
  return pass!;
}
