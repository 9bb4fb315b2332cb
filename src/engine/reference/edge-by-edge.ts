import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-core/dist/register_all_gradients';
import type { HostBatch } from '../../data/augment';
import { EDGES } from '../../paper/cell';
import type { Operation } from '../../paper/operation';
import { STAGES } from '../../paper/space/stages';
import type { Architecture, Layout } from '../layout';
import type { Parameters } from '../parameters';

/*
 * The supernet as one would write it down from the definition: edge by edge, stock tfjs operations,
 * gradients by tfjs's tape. Slow, and the truth that the engine is held and measured against.
 */

/** Tensors by PyTorch name, in tfjs's layout. */
export type Named = Readonly<Record<string, tf.Tensor>>;

/** PyTorch's default. */
const EPSILON = 1e-5;

/** The flat vector's tensors: filters `[height, width, in, out]`, the classifier `[in, out]`. */
export function tensorsOf(layout: Parameters, flat: Float32Array): Record<string, tf.Tensor> {
  const values = layout.toNamed(flat);
  return Object.fromEntries(
    layout.parameters.map(({ name, shape }) => {
      const tensor = tf.tensor(values.get(name)!, [...shape]);
      if (shape.length === 4) return [name, tf.transpose(tensor, [2, 3, 1, 0])];
      return [name, shape.length === 2 ? tf.transpose(tensor) : tensor];
    }),
  );
}

/** A tensor of {@link tensorsOf} in PyTorch's layout. */
function inTorchLayout(tensor: tf.Tensor): Float32Array {
  const turned =
    tensor.rank === 4
      ? tf.transpose(tensor, [3, 2, 0, 1])
      : tensor.rank === 2
        ? tf.transpose(tensor)
        : tensor;
  return turned.dataSync().slice() as Float32Array;
}

export function batchNorm(x: tf.Tensor4D, scale?: tf.Tensor, shift?: tf.Tensor): tf.Tensor4D {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  const centred = tf.sub(x, mean);
  let y = tf.div<tf.Tensor4D>(centred, tf.sqrt(tf.add(variance, EPSILON)));
  if (scale) y = tf.mul(y, scale);
  if (shift) y = tf.add(y, shift);
  return y;
}

function padded(x: tf.Tensor4D, pad: number): tf.Tensor4D {
  if (pad === 0) return x;
  const border: [number, number][] = [
    [0, 0],
    [pad, pad],
    [pad, pad],
    [0, 0],
  ];
  return tf.pad<tf.Tensor4D>(x, border);
}

/**
 * Average of the pixels that exist, `shares` of the nine at every place. Padded by hand: the gradient of tfjs's own padding divides by nine
 * at the border too, where fewer pixels were averaged.
 */
export function averagePool(x: tf.Tensor4D, shares: tf.Tensor4D): tf.Tensor4D {
  return tf.div(overNine(x), shares);
}

export function overNine(x: tf.Tensor4D): tf.Tensor4D {
  return tf.avgPool(padded(x, 1), 3, 1, 'valid');
}

export function conv(x: tf.Tensor4D, filter: tf.Tensor, stride: 1 | 2, pad: number): tf.Tensor4D {
  return tf.conv2d(padded(x, pad), filter as tf.Tensor4D, stride, 'valid');
}

function candidate(
  operation: Operation,
  x: tf.Tensor4D,
  shares: tf.Tensor4D,
  named: Named,
  key: string,
): tf.Tensor4D {
  const convolution = (part: string, pad: number) => {
    const z = conv(tf.relu(x), named[`${key}.${part}.weight`]!, 1, pad);
    return batchNorm(tf.add(z, named[`${key}.${part}.bias`]!));
  };
  switch (operation) {
    case 'none':
      return tf.zerosLike(x);
    case 'skip_connect':
      return x;
    case 'avg_pool_3x3':
      return averagePool(x, shares);
    case 'nor_conv_1x1':
      return convolution('conv1', 0);
    case 'nor_conv_3x3':
      return convolution('conv3', 1);
    default:
      throw new RangeError(`${operation} is no operation of NAS-Bench-201.`);
  }
}

/** PC-DARTS: operations on the first channels, the others beside them, then the channel shuffle. */
function partially(
  input: tf.Tensor4D,
  partial: number,
  operate: (x: tf.Tensor4D) => tf.Tensor4D,
): tf.Tensor4D {
  const [batch, height, width, channels] = input.shape;
  const first = channels / partial;
  const [seen, passed] = tf.split(input, [first, channels - first], 3);
  const joined = tf.concat([operate(seen as tf.Tensor4D), passed!], 3);
  const grouped = tf.reshape(joined, [batch, height, width, partial, first]);
  return tf.reshape(tf.transpose(grouped, [0, 1, 2, 4, 3]), input.shape);
}

function cell(
  x: tf.Tensor4D,
  p: readonly tf.Tensor[],
  named: Named,
  key: string,
  { ops, partial }: Pick<Architecture, 'ops' | 'partial'>,
  first: number,
): tf.Tensor4D {
  const nodes: (tf.Tensor4D | null)[] = [x, null, null, null];
  const [, height, width] = x.shape;
  const shares = overNine(tf.ones([1, height, width, 1]));
  for (const { index, source, target } of EDGES) {
    const input = nodes[source]!;
    const candidates = (seen: tf.Tensor4D) =>
      ops.map((op, o) =>
        tf.mul<tf.Tensor4D>(
          candidate(op, seen, shares, named, `${key}.edge${index}`),
          p[(first + index) * ops.length + o]!,
        ),
      );
    const add = (term: tf.Tensor4D) => {
      const sum = nodes[target];
      nodes[target] = sum ? tf.add(sum, term) : term;
    };
    if (partial) {
      const mixed = partially(input, partial, (seen) => tf.addN(candidates(seen)));
      // Without weights of edges, as in a progressive search, all weigh alike.
      const weight = p[EDGES.length * ops.length + index];
      add(weight ? tf.mul(mixed, weight) : mixed);
    } else {
      candidates(input).forEach(add);
    }
  }
  return nodes[3]!;
}

export function residual(x: tf.Tensor4D, named: Named, key: string): tf.Tensor4D {
  const norm = (z: tf.Tensor4D, part: string) =>
    batchNorm(z, named[`${key}.bn_${part}.weight`], named[`${key}.bn_${part}.bias`]);
  const a = norm(conv(tf.relu(x), named[`${key}.conv_a.weight`]!, 2, 1), 'a');
  const b = norm(conv(tf.relu(a), named[`${key}.conv_b.weight`]!, 1, 1), 'b');
  const shortcut = conv(tf.avgPool(x, 2, 2, 'valid'), named[`${key}.shortcut.weight`]!, 1, 0);
  return tf.add(b, shortcut);
}

/** Softmax of the operations' rows and, where alpha has them, of the edges into each node. */
function weightsOf(alpha: tf.Tensor, { ops, partial }: Architecture): tf.Tensor[] {
  const flat = tf.reshape<tf.Rank.R1>(alpha, [-1]);
  const rows = partial ? EDGES.length * ops.length : flat.size;
  const own = tf.reshape<tf.Rank.R2>(tf.slice(flat, 0, rows), [-1, ops.length]);
  const shares = tf.unstack(tf.reshape(tf.softmax(own), [rows]));
  if (flat.size === rows) return shares;
  const nodes = tf.split(tf.slice(flat, rows), [1, 2, 3]);
  return [...shares, ...tf.unstack(tf.concat(nodes.map((node) => tf.softmax(node))))];
}

/**
 * Mean cross-entropy and logits of a batch, in training mode.
 *
 * @param alpha `[6, ops]`, with alphas for each stage `[18, ops]`, with weights of edges
 *   `[6 * ops + 6]`, or flat
 */
export function lossOf(
  architecture: Architecture,
  named: Named,
  alpha: tf.Tensor,
  batch: HostBatch,
): { readonly loss: tf.Scalar; readonly logits: tf.Tensor2D } {
  const { resolution, cells, classes } = architecture;
  const p = weightsOf(alpha, architecture);
  const images = tf.tensor4d(batch.images, [batch.labels.length, resolution, resolution, 3]);
  let x = batchNorm(
    conv(images, named['stem.conv.weight']!, 1, 1),
    named['stem.bn.weight'],
    named['stem.bn.bias'],
  );
  const staged = p.length === STAGES * EDGES.length * architecture.ops.length;
  for (let stage = 0; stage < 3; stage++) {
    if (stage > 0) x = residual(x, named, `reduce${stage}`);
    const first = staged ? stage * EDGES.length : 0;
    for (let c = 0; c < cells; c++) {
      x = cell(x, p, named, `stage${stage}.cell${c}`, architecture, first);
    }
  }
  return classified(x, named, batch.labels, classes);
}

/** The head: mean cross-entropy and logits from what the last cell gives. */
export function classified(
  x: tf.Tensor4D,
  named: Named,
  labels: Int32Array,
  classes: number,
): { readonly loss: tf.Scalar; readonly logits: tf.Tensor2D } {
  const rectified = tf.relu(batchNorm(x, named['head.bn.weight'], named['head.bn.bias']));
  const pooled = tf.mean<tf.Tensor2D>(rectified, [1, 2]);
  const logits = tf.add<tf.Tensor2D>(
    tf.matMul(pooled, named['head.fc.weight'] as tf.Tensor2D),
    named['head.fc.bias']!,
  );
  const target = tf.oneHot(tf.tensor1d(labels, 'int32'), classes);
  return { loss: tf.losses.softmaxCrossEntropy<tf.Tensor, tf.Scalar>(target, logits), logits };
}

export interface ReferencePass {
  readonly loss: number;
  readonly logits: Float32Array;
  /** `[alphas]` */
  readonly alphaGradient: Float32Array;
  /** By PyTorch name, PyTorch layout. */
  readonly weightGradients: Map<string, Float32Array>;
}

/** Mean loss and logits for alpha, flat, and the named weights. */
export type ReferenceLoss = (
  named: Named,
  alpha: tf.Tensor1D,
) => { readonly loss: tf.Scalar; readonly logits: tf.Tensor2D };

/** Loss, logits and all gradients on tfjs's current backend. */
export function referencePass(
  layout: Layout,
  flat: Float32Array,
  alpha: Float32Array,
  batch: HostBatch,
): ReferencePass {
  const { architecture } = layout;
  return gradientsOf(layout, flat, alpha, (named, a) => lossOf(architecture, named, a, batch));
}

/** The same for any supernet. */
export function gradientsOf(
  layout: Parameters,
  flat: Float32Array,
  alpha: Float32Array,
  lossAt: ReferenceLoss,
): ReferencePass {
  let pass: ReferencePass | undefined;
  tf.tidy(() => {
    const named = tensorsOf(layout, flat);
    const names = Object.keys(named);
    const alphas = tf.tensor1d(alpha);
    const f = (...inputs: tf.Tensor[]) => {
      const [a, ...rest] = inputs;
      const byName = Object.fromEntries(names.map((name, i) => [name, rest[i]!]));
      return lossAt(byName, a as tf.Tensor1D).loss;
    };
    const { value, grads } = tf.valueAndGrads(f)([alphas, ...names.map((name) => named[name]!)]);
    const { logits } = lossAt(named, alphas);
    pass = {
      loss: value.dataSync()[0]!,
      logits: logits.dataSync().slice() as Float32Array,
      alphaGradient: grads[0]!.dataSync().slice() as Float32Array,
      weightGradients: new Map(names.map((name, i) => [name, inTorchLayout(grads[i + 1]!)])),
    };
  });
  return pass!;
}
