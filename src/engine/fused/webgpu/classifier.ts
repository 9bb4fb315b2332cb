import { sizeOf, type Tensor } from '../../kernels';
import { expectShape, type Context } from './context';
import { classify, classifyInput, classifyWeights } from './wgsl/head';
import { softmax, softmaxInput, zeros } from './wgsl/optimiser';

/** Classifier and loss, and softmax. */
export class Classifier {
  constructor(private readonly context: Context) {}

  readonly zeros = (shape: readonly number[]): Tensor => {
    const { k, runner } = this.context;
    const tensor = k.allocate(shape);
    runner.launch('zeros', { size: sizeOf(shape) }, zeros, [tensor]);
    return tensor;
  };

  readonly classify = (pooled: Tensor, weight: Tensor, bias: Tensor, labels: Tensor) => {
    const { k, runner } = this.context;
    const shape = classifierShape(pooled, weight);
    expectShape('The labels', labels, [shape.batch]);
    const logits = k.allocate([shape.batch, shape.classes]);
    const dLogits = k.allocate(logits.shape);
    const scores = k.allocate([2]);
    const tensors = [pooled, weight, bias, labels, logits, scores, dLogits];
    runner.launch('classify', shape, classify, tensors);
    return { logits, scores, dLogits };
  };

  readonly classifyInput = (dLogits: Tensor, weight: Tensor): Tensor => {
    const { k, runner } = this.context;
    const [batch, classes] = dLogits.shape as [number, number];
    const features = weight.shape[0]!;
    const dPooled = k.allocate([batch, features]);
    const tensors = [dLogits, weight, dPooled];
    runner.launch('classifyInput', { batch, features, classes }, classifyInput, tensors);
    return dPooled;
  };

  readonly classifyWeights = (
    pooled: Tensor,
    dLogits: Tensor,
    into: { weight: Tensor; bias: Tensor },
  ): void => {
    const shape = classifierShape(pooled, into.weight);
    const tensors = [pooled, dLogits, into.weight, into.bias];
    this.context.runner.launch('classifyWeights', shape, classifyWeights, tensors);
  };

  readonly softmax = (alpha: Tensor): Tensor => {
    const { k, runner } = this.context;
    const [rows, columns] = alpha.shape as [number, number];
    const p = k.allocate([rows, columns]);
    runner.launch('softmax', { rows, columns }, softmax, [alpha, p]);
    return p;
  };

  readonly softmaxInput = (p: Tensor, dp: Tensor): Tensor => {
    const { k, runner } = this.context;
    const [rows, columns] = p.shape as [number, number];
    const dAlpha = k.allocate([rows, columns]);
    runner.launch('softmaxInput', { rows, columns }, softmaxInput, [p, dp, dAlpha]);
    return dAlpha;
  };
}

function classifierShape(pooled: Tensor, weight: Tensor) {
  const [batch, features] = pooled.shape as [number, number];
  const classes = weight.shape[1]!;
  expectShape('The classifier', weight, [features, classes]);
  return { batch, features, classes };
}
