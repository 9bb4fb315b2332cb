import { batchNorm } from './batch-norm';
import type { Gradients } from './cell';
import type { Kernels, TensorInfo } from './kernels';

export interface HeadPass {
  /** `[batch, classes]` */
  readonly logits: TensorInfo;
  readonly backward: (dLogits: TensorInfo, gradients: Gradients | null) => TensorInfo;
}

/** Batch norm, ReLU, global average pool, linear classifier (nas-bench-201, section 2). Frees x. */
export function headForward(
  k: Kernels,
  x: TensorInfo,
  weights: (key: string) => TensorInfo,
): HeadPass {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const norm = batchNorm(k, k.table(x), weights('head.bn.scale'), weights('head.bn.shift'));
  const rectified = k.relu(k.view(norm.y, x.shape));
  const pooled = k.view(k.averagePool(rectified, height), [batch, channels]);
  const weight = weights('head.fc.weight');
  const logits = k.add(k.matmul(pooled, weight), weights('head.fc.bias'));
  return {
    logits,
    backward: (dLogits, gradients) => {
      const dPooled = k.matmul(dLogits, k.transpose(weight, [1, 0]));
      const perPixel = k.mul(dPooled, k.scalar(1 / (height * width)));
      const open = k.step(rectified);
      const g = k.mul(
        k.view(open, [batch, height * width, channels]),
        k.view(perPixel, [batch, 1, channels]),
      );
      k.free(open);
      const table = k.view(g, [batch * height * width, channels]);
      const gMeans = k.meanRows(table);
      const { dz, dScale } = norm.backward(table, gMeans, true);
      k.free(g);
      if (gradients) {
        gradients.set('head.fc.weight', k.matmul(k.transpose(pooled, [1, 0]), dLogits));
        gradients.set('head.fc.bias', k.mul(k.meanRows(dLogits), k.scalar(dLogits.shape[0]!)));
        gradients.set('head.bn.scale', dScale);
        gradients.set('head.bn.shift', k.mul(gMeans, k.scalar(table.shape[0]!)));
      }
      return k.view(dz!, x.shape);
    },
  };
}

export interface CrossEntropy {
  /** Mean cross-entropy, `[1]`. */
  readonly loss: TensorInfo;
  /** Number of right answers, `[1]`. */
  readonly correct: TensorInfo;
  /** Gradient of the mean loss, `[batch, classes]`. */
  readonly dLogits: () => TensorInfo;
}

/** Softmax cross-entropy of `logits` `[batch, classes]` with integer labels. */
export function crossEntropy(k: Kernels, logits: TensorInfo, labels: Int32Array): CrossEntropy {
  const [batch, classes] = logits.shape as [number, number];
  const oneHot = new Float32Array(batch * classes);
  labels.forEach((label, row) => (oneHot[row * classes + label] = 1));
  const target = k.upload(oneHot, [batch, classes]);
  const shifted = k.sub(logits, k.maxLast(logits));
  const exponentials = k.exp(shifted);
  const sums = k.sumLast(exponentials);
  const chosen = k.sumLast(k.mul(shifted, target));
  const perBatch = k.scalar(1 / batch);
  const loss = k.mul(k.sumAll(k.sub(k.log(sums), chosen)), perBatch);
  const right = k.equal(k.argMaxLast(logits), k.upload(labels, [batch]));
  return {
    loss,
    correct: k.sumAll(k.float(right)),
    dLogits: () => k.mul(k.sub(k.div(exponentials, sums), target), perBatch),
  };
}
