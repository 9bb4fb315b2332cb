import type { Kernels, Tensor } from './kernels';

/**
 * The 3x3 average pool of the search space: stride 1, padding 1, padding left out of the divisor.
 *
 * Written as a sum pool and a division by the true count, because the pools of tfjs 4.22 divide
 * their gradient by nine even at the border, where fewer pixels were averaged.
 *
 * @param x `[batch, height, width, channels]`
 */
export function averagePool3(k: Kernels, x: Tensor): Tensor {
  const sums = k.depthwise(x, window(k, x.shape[3]!));
  const means = perCount(k, sums);
  k.free(sums);
  return means;
}

/** Transpose of {@link averagePool3}: divide by the count, then sum over the window. */
export function averagePool3Gradient(k: Kernels, dy: Tensor): Tensor {
  const divided = perCount(k, dy);
  const sums = k.depthwise(divided, window(k, dy.shape[3]!));
  k.free(divided);
  return sums;
}

function window(k: Kernels, channels: number): Tensor {
  return k.constant(`window ${channels}`, [3, 3, channels, 1], () =>
    new Float32Array(9 * channels).fill(1),
  );
}

function perCount(k: Kernels, x: Tensor): Tensor {
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const size = height * width * channels;
  const inverse = k.constant(`counts ${height} ${width} ${channels}`, [size], () => {
    const covered = (i: number, n: number) => Math.min(i + 1, n - 1) - Math.max(i - 1, 0) + 1;
    return Float32Array.from({ length: size }, (_, i) => {
      const column = Math.floor(i / channels) % width;
      const row = Math.floor(i / (channels * width));
      return 1 / (covered(row, height) * covered(column, width));
    });
  });
  return k.view(k.mul(k.view(x, [batch, size]), inverse), x.shape);
}

/** Gradient of a 2x2 average pool with stride 2: `[b, h, w, c]` to `[b, 2h, 2w, c]`, a quarter each. */
export function averagePool2Gradient(k: Kernels, dy: Tensor): Tensor {
  const [batch, height, width, channels] = dy.shape as [number, number, number, number];
  const twice = k.constant(`quarter ${channels}`, [channels, 2 * channels], () => {
    const matrix = new Float32Array(2 * channels * channels);
    for (let c = 0; c < channels; c++) {
      matrix[c * 2 * channels + c] = 0.25;
      matrix[c * 2 * channels + channels + c] = 0.25;
    }
    return matrix;
  });
  const wide = k.matmul(k.table(dy), twice);
  const rows = k.view(wide, [batch * height, width * 2 * channels]);
  return k.view(k.concat([rows, rows], 1), [batch, 2 * height, 2 * width, channels]);
}
