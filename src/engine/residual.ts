import { batchNorm } from './batch-norm';
import type { Gradients } from './cell';
import type { Kernels, TensorInfo } from './kernels';
import { averagePool2Gradient } from './pool';

export interface BlockPass {
  readonly y: TensorInfo;
  /** Gradient with respect to x; weight gradients are left out when `gradients` is null. */
  readonly backward: (dy: TensorInfo, gradients: Gradients | null) => TensorInfo;
}

/**
 * The residual reduction block between stages: [ReLU, 3x3 stride 2, BN], [ReLU, 3x3, BN], plus a
 * shortcut of 2x2 average pool and 1x1 convolution; no ReLU after the sum. The stride-2 convolution
 * pads one pixel on every side.
 */
export function residualForward(
  k: Kernels,
  key: string,
  x: TensorInfo,
  weights: (key: string) => TensorInfo,
): BlockPass {
  const first = convNorm(k, key, 'a', k.relu(x), 2, weights);
  const second = convNorm(k, key, 'b', k.relu(first.y), 1, weights);
  const pooled = k.averagePool(x, 2);
  const shortcutFilter = weights(`${key}.shortcut`);
  const shortcut = k.conv(pooled, shortcutFilter, { pad: 0 });
  const y = k.add(second.y, shortcut);
  k.free(second.y, shortcut);
  return {
    y,
    backward: (dy, gradients) => {
      const dSecond = throughRelu(k, second.backward(dy, gradients), first.y);
      const dFirst = throughRelu(k, first.backward(dSecond, gradients), x);
      k.free(dSecond);
      gradients?.set(
        `${key}.shortcut`,
        k.convFilterGradient(pooled, dy, shortcutFilter.shape, { pad: 0 }),
      );
      const dPooled = k.convInputGradient(dy, shortcutFilter, pooled.shape, { pad: 0 });
      const dShortcut = averagePool2Gradient(k, dPooled);
      const dx = k.add(dFirst, dShortcut);
      k.free(dFirst, dShortcut, dPooled);
      return dx;
    },
  };
}

function convNorm(
  k: Kernels,
  key: string,
  part: 'a' | 'b',
  rectified: TensorInfo,
  stride: number,
  weights: (key: string) => TensorInfo,
) {
  const options = { stride, pad: 1 };
  const filter = weights(`${key}.conv_${part}`);
  const z = k.conv(rectified, filter, options);
  const shape = z.shape;
  const bn = `${key}.bn_${part}`;
  const norm = batchNorm(k, k.table(z), weights(`${bn}.scale`), weights(`${bn}.shift`));
  return {
    y: k.view(norm.y, shape),
    backward: (dy: TensorInfo, gradients: Gradients | null): TensorInfo => {
      const g = k.table(dy);
      const gMeans = k.meanRows(g);
      const { dz, dScale } = norm.backward(g, gMeans, true);
      const image = k.view(dz!, shape);
      if (gradients) {
        gradients.set(`${bn}.scale`, dScale);
        gradients.set(`${bn}.shift`, k.mul(gMeans, k.scalar(g.shape[0]!)));
        gradients.set(
          `${key}.conv_${part}`,
          k.convFilterGradient(rectified, image, filter.shape, options),
        );
      }
      const dx = k.convInputGradient(image, filter, rectified.shape, options);
      k.free(dz!);
      return dx;
    },
  };
}

/** Gradient of ReLU at x; frees `dy`. */
function throughRelu(k: Kernels, dy: TensorInfo, x: TensorInfo): TensorInfo {
  const open = k.step(x);
  const dx = k.mul(dy, open);
  k.free(open, dy);
  return dx;
}
