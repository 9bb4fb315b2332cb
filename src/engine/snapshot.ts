import { RandomStream } from '../data/random';
import { EDGES } from '../paper/cell';
import type { EffectiveConfig } from '../paper/config';
import { METHOD_FACTS } from '../paper/method/registry';
import { spaceOf } from '../paper/space/registry';
import { isOneShot } from '../paper/space/space';
import { METHODS } from './method/registry';
import type { Parameters } from './parameters';

/** Everything that a search carries over an epoch edge, on the host. */
export interface SearchSnapshot {
  readonly weights: Float32Array;
  readonly momentum: Float32Array;
  /** `[alphas]` each, row by row; of a method with a policy that of `PolicyState`. */
  readonly alpha: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
  /** Adam steps taken. */
  readonly alphaSteps: number;
  /** `[alphas]`: see `Network`. Absent: every edge has all operations. */
  readonly kept?: Float32Array;
}

/** PyTorch's default initial values; a stream per tensor, so that shared ones are equal in all arms. */
export function initialWeights(layout: Parameters, seed: number): Float32Array {
  return layout.build(({ name, fanIn, constant }) => {
    if (fanIn === null) return () => constant;
    const stream = RandomStream.named(seed, `init/${name}`);
    const bound = 1 / Math.sqrt(fanIn);
    return () => (2 * stream.uniform() - 1) * bound;
  });
}

export function initialSnapshot(
  layout: Parameters,
  config: EffectiveConfig,
  seed: number,
): SearchSnapshot {
  const weights = initialWeights(layout, seed);
  const alpha = initialAlpha(config, seed);
  return {
    weights,
    momentum: new Float32Array(layout.size),
    alpha,
    first: new Float32Array(alpha.length),
    second: new Float32Array(alpha.length),
    alphaSteps: 0,
  };
}

function initialAlpha(config: EffectiveConfig, seed: number): Float32Array {
  if (isOneShot(config.space)) return alphaByRows(config, seed);
  const { policy } = METHODS[config.method];
  if (policy) return policy.initial(config.ops.length, RandomStream.named(seed, 'init/policy'));
  const operations = alphaByOperations(config, seed);
  if (METHOD_FACTS[config.method].partial === undefined) return operations;
  const stream = RandomStream.named(seed, 'init/alpha/edges');
  const edges = EDGES.map(() => config.alpha.init * stream.normal());
  return Float32Array.of(...operations, ...edges);
}

/**
 * NAS-Bench-201: a stream per operation, so that a space without one of them keeps the others'. With
 * alphas for each stage those of the first begin where one alpha for all would. Where
 * alpha starts at 0, adding 0 turns -0 into 0, which is what JSON makes of it.
 */
function alphaByOperations(config: EffectiveConfig, seed: number): Float32Array {
  const { ops } = config;
  const { init } = config.alpha;
  const { choices } = spaceOf(config);
  const columns = ops.length;
  const alpha = new Float32Array(choices * columns);
  ops.forEach((op, column) => {
    const stream = RandomStream.named(seed, `init/alpha/${op}`);
    for (let edge = 0; edge < choices; edge++)
      alpha[edge * columns + column] = init * stream.normal() + 0;
  });
  return alpha;
}

function alphaByRows(config: EffectiveConfig, seed: number): Float32Array {
  const { init } = config.alpha;
  const rows = spaceOf(config).rows(config.ops);
  return Float32Array.from(
    rows.flatMap(({ name, columns }) => {
      const stream = RandomStream.named(seed, `init/alpha/${name}`);
      return columns.map(() => init * stream.normal());
    }),
  );
}
