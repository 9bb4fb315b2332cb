import * as tf from '@tensorflow/tfjs-core';
import type { HostBatch } from '../../data/augment';
import type { AlphaOptimiser, WeightOptimiser } from '../../paper/config';
import type { BackendName } from '../../trace/types';
import type { Layout } from '../layout';
import { lossOf, tensorsOf } from './edge-by-edge';

/** Losses of one step, left on the device. */
export interface PlainScalars {
  readonly trainLoss: tf.Scalar;
  /** L2 norm of the weight gradient before the clip. */
  readonly norm: tf.Scalar;
  /** Before alpha's update; null while alpha is frozen. */
  readonly validLoss: tf.Scalar | null;
}

/**
 * First-order DARTS on tfjs's current backend as one would write it with stock tfjs: variables, the
 * gradient tape, an operation at a time. What the engine's bilevel step is measured against.
 */
export class PlainSearch {
  readonly alpha: tf.Variable<tf.Rank.R2>;
  private readonly weights: Readonly<Record<string, tf.Variable>>;
  private readonly momenta: Readonly<Record<string, tf.Variable>>;
  private readonly first: tf.Variable<tf.Rank.R2>;
  private readonly second: tf.Variable<tf.Rank.R2>;
  private alphaSteps = 0;

  /**
   * @param flat weights, `[layout.size]`
   * @param alpha `[6 * ops]`
   */
  constructor(
    private readonly layout: Layout,
    flat: Float32Array,
    alpha: Float32Array,
  ) {
    const variable = (tensor: tf.Tensor) => tf.variable(tensor);
    const shape: [number, number] = [6, layout.architecture.ops.length];
    const zeros = () => tf.tidy(() => tf.variable(tf.zeros<tf.Rank.R2>(shape)));
    const [weights, momenta] = tf.tidy(() => {
      const tensors = Object.entries(tensorsOf(layout, flat));
      return [
        Object.fromEntries(tensors.map(([name, tensor]) => [name, variable(tensor)])),
        Object.fromEntries(tensors.map(([name, t]) => [name, variable(tf.zerosLike(t))])),
      ] as const;
    });
    this.weights = weights;
    this.momenta = momenta;
    this.alpha = tf.tidy(() => tf.variable(tf.tensor2d(alpha, shape)));
    this.first = zeros();
    this.second = zeros();
  }

  /**
   * Weights first, then alpha at the new weights. The caller frees the scalars.
   *
   * @param valid null while alpha is frozen
   */
  step(
    train: HostBatch,
    valid: HostBatch | null,
    weightRate: number,
    weights: WeightOptimiser,
    alpha: AlphaOptimiser,
  ): PlainScalars {
    const { trainLoss, norm } = this.weightStep(train, weightRate, weights);
    const validLoss = valid ? this.alphaStep(valid, alpha) : null;
    return { trainLoss, norm, validLoss };
  }

  /** Waits until the device has done all that was asked of it. */
  async settle(): Promise<void> {
    await this.alpha.data();
  }

  dispose(): void {
    const { weights, momenta, alpha, first, second } = this;
    tf.dispose([...Object.values(weights), ...Object.values(momenta), alpha, first, second]);
  }

  private weightStep(batch: HostBatch, rate: number, { momentum, decay, clip }: WeightOptimiser) {
    return tf.tidy(() => {
      const names = Object.keys(this.weights);
      const loss = (...values: tf.Tensor[]) => {
        const named = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
        return lossOf(this.layout.architecture, named, this.alpha, batch).loss;
      };
      const { value, grads } = tf.valueAndGrads(loss)(Object.values(this.weights));
      const squares = grads.map((gradient) => tf.sum<tf.Scalar>(tf.square(gradient)));
      const norm = tf.sqrt(squares.reduce((a, b) => tf.add<tf.Scalar>(a, b)));
      const factor = tf.minimum(1, tf.div(clip, tf.add(norm, 1e-6)));
      names.forEach((name, i) => {
        const weight = this.weights[name]!;
        const velocity = this.momenta[name]!;
        const gradient = tf.add(tf.mul(grads[i]!, factor), tf.mul(weight, decay));
        velocity.assign(tf.add(tf.mul(velocity, momentum), gradient));
        const step = tf.add(gradient, tf.mul(velocity, momentum));
        weight.assign(tf.sub(weight, tf.mul(step, rate)));
      });
      return { trainLoss: value, norm };
    });
  }

  private alphaStep(batch: HostBatch, optimiser: AlphaOptimiser): tf.Scalar {
    const { rate, beta1, beta2, epsilon, l2 } = optimiser;
    const { alpha, first, second } = this;
    const t = ++this.alphaSteps;
    return tf.tidy(() => {
      const loss = (a: tf.Tensor) => lossOf(this.layout.architecture, this.weights, a, batch).loss;
      const { value, grad } = tf.valueAndGrad(loss)(alpha);
      const gradient = tf.add(grad, tf.mul(alpha, l2));
      first.assign(tf.add(tf.mul(first, beta1), tf.mul(gradient, 1 - beta1)));
      second.assign(tf.add(tf.mul(second, beta2), tf.mul(tf.square(gradient), 1 - beta2)));
      const deviation = tf.sqrt(tf.div(second, 1 - beta2 ** t));
      const step = tf.div(tf.div(first, 1 - beta1 ** t), tf.add(deviation, epsilon));
      alpha.assign(tf.sub(alpha, tf.mul(step, rate)));
      return value;
    });
  }
}

/** Makes a backend that is open already the one on which tfjs's own operations run. */
export async function useBackend(name: BackendName): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`The ${name} backend is not open.`);
}

/** Tensors that tfjs's own bookkeeping holds. */
export function plainTensors(): number {
  return tf.memory().numTensors;
}

/**
 * Largest sum of the bytes of all tensors while `body` runs. tfjs tells only the present sum, so its
 * counter is watched.
 */
export function plainPeak(body: () => void): number {
  const { state } = tf.engine();
  let bytes = state.numBytes;
  let peak = bytes;
  const counter = { configurable: true, enumerable: true };
  Object.defineProperty(state, 'numBytes', {
    ...counter,
    get: () => bytes,
    set: (value: number) => {
      bytes = value;
      peak = Math.max(peak, value);
    },
  });
  try {
    body();
  } finally {
    Object.defineProperty(state, 'numBytes', { ...counter, writable: true, value: bytes });
  }
  return peak;
}
