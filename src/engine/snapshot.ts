import { RandomStream } from '../data/random';
import type { EffectiveConfig } from '../paper/config';
import type { Layout } from './layout';

/** Everything that a search carries over an epoch edge, on the host. */
export interface SearchSnapshot {
  readonly weights: Float32Array;
  readonly momentum: Float32Array;
  /** `[6 * ops]` each, row by row. */
  readonly alpha: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
  /** Adam steps taken. */
  readonly alphaSteps: number;
}

/** PyTorch's default initial values; a stream per tensor, so that shared ones are equal in all arms. */
export function initialSnapshot(
  layout: Layout,
  { ops, alpha: { init } }: EffectiveConfig,
  seed: number,
): SearchSnapshot {
  const columns = ops.length;
  const weights = layout.build(({ name, fanIn, constant }) => {
    if (fanIn === null) return () => constant;
    const stream = RandomStream.named(seed, `init/${name}`);
    const bound = 1 / Math.sqrt(fanIn);
    return () => (2 * stream.uniform() - 1) * bound;
  });
  const alpha = new Float32Array(6 * columns);
  ops.forEach((op, column) => {
    const stream = RandomStream.named(seed, `init/alpha/${op}`);
    for (let edge = 0; edge < 6; edge++) alpha[edge * columns + column] = init * stream.normal();
  });
  return {
    weights,
    momentum: new Float32Array(layout.size),
    alpha,
    first: new Float32Array(6 * columns),
    second: new Float32Array(6 * columns),
    alphaSteps: 0,
  };
}
