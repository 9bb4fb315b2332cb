import { sizeOf, type Kernels } from '../kernels';
import type { MixPlan, Tensor } from './fused';

/** Flat places in p `[6, columns]` of one operation on each edge of the plan. */
export function columnOf({ edges, columns }: MixPlan, column: number): number[] {
  return edges.map((edge) => edge * columns + column);
}

/** These entries of p, each repeated over the channels: `[entries * channels]`. */
export function spread(
  k: Kernels,
  p: Tensor,
  entries: readonly number[],
  channels: number,
): Tensor {
  const size = sizeOf(p.shape);
  const columns = entries.length * channels;
  const key = `spread ${size} ${entries.join()} ${channels}`;
  const matrix = k.constant(key, [size, columns], () => {
    const values = new Float32Array(size * columns);
    entries.forEach((entry, position) => {
      const start = entry * columns + position * channels;
      values.fill(1, start, start + channels);
    });
    return values;
  });
  return k.view(k.matmul(k.view(p, [1, size]), matrix), [columns]);
}
